import { blake3Hasher } from '@holdfast/crypto';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { FakeFrontend, fakeClient } from '@holdfast/sdk/testing';
import type { Surroundings } from '../command-run.ts';
import { commands } from '../commands/index.ts';
import { Place } from '../place.ts';
import { execute } from '../program.ts';
import { tokenize } from '../prompt/tokenize.ts';
import { FakeTerminal } from './fake-terminal.ts';

/** The program on a frontend in memory, for tests of commands. */
export class CommandLine {
  readonly terminal: FakeTerminal = new FakeTerminal();
  readonly frontend: FakeFrontend = new FakeFrontend();
  readonly interruption: AbortController = new AbortController();
  readonly #place: Place;

  constructor(localFolder: string) {
    this.#place = new Place(localFolder);
    this.frontend.addFolder('/home');
    this.frontend.addFolder('/home/ann');
  }

  /** Runs words as a shell hands them over; resolves with the exit code. */
  run(...words: string[]): Promise<number> {
    return this.#execute(words, false);
  }

  /** Runs a line as it is typed at the prompt. */
  type(line: string): Promise<number> {
    return this.#execute(tokenize(line), true);
  }

  async #execute(words: readonly string[], atPrompt: boolean): Promise<number> {
    const { client } = fakeClient(this.frontend, nodeClock, blake3Hasher);
    const surroundings: Surroundings = {
      terminal: this.terminal,
      clock: nodeClock,
      random: nodeRandom,
      place: this.#place,
      atPrompt,
      debug: false,
      leave: () => {},
      connections: {
        current: client,
        readPasswordFromInput: () => {},
        client: () => Promise.resolve(client),
        connect: () => Promise.resolve(client),
        knownPassword: () => Promise.resolve(undefined),
        passwordChanged: () => Promise.resolve(),
        logOut: () => Promise.resolve(),
      },
    };
    this.terminal.output = '';
    this.terminal.said = '';
    const { signal } = this.interruption;
    return await execute(words, commands, { surroundings, signal });
  }
}
