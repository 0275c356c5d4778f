import { createInterface } from 'node:readline';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { clusterCommands } from './cluster/cluster-commands.ts';
import { commands } from './commands/index.ts';
import { Connections } from './connections.ts';
import { errorSentence } from './error-sentence.ts';
import { EXIT_CODES } from '@holdfast/contracts';
import { readGlobalFlags } from './global-flags.ts';
import { chooseHasher } from './hasher.ts';
import { Interruptions } from './interruptions.ts';
import { localError } from './local/local-error.ts';
import { Place } from './place.ts';
import { userPaths } from './profile/paths.ts';
import { execute } from './program.ts';
import { Repl, runScript } from './prompt/repl.ts';
import { ProcessTerminal } from './terminal/process-terminal.ts';
import { VERSION } from './version.ts';

const ALL_COMMANDS = [...commands, ...clusterCommands];

/** These turn this process into another program, which listens to signals itself. */
const FOREGROUND_PROGRAM = /^(frontend|server --config)/;

await exitWith(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  const { flags, alone } = readGlobalFlags(words);
  const interruptions = new Interruptions(nodeClock);
  if (!FOREGROUND_PROGRAM.test(words.join(' '))) listenToSignals(interruptions);
  const terminal = new ProcessTerminal({
    colours: flags.color !== false && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
    onInterrupt: () => interruptions.interrupt(),
  });
  if (words[0] === '--version' || words[0] === '-V') {
    terminal.print(`${VERSION}\n`);
    return EXIT_CODES.done;
  }
  await using connections = new Connections({
    terminal,
    clock: nodeClock,
    random: nodeRandom,
    hasher: chooseHasher,
    env: process.env,
    paths: userPaths(process.env),
    flags,
  });
  const surroundings = {
    terminal,
    clock: nodeClock,
    random: nodeRandom,
    connections,
    place: new Place(process.cwd()),
    debug: Boolean(process.env['HOLDFAST_DEBUG']),
  };
  if (!alone) {
    const oneShot = { ...surroundings, atPrompt: false, leave: () => {} };
    return await interruptions.during((signal) =>
      execute(words, ALL_COMMANDS, { surroundings: oneShot, signal }),
    );
  }
  const parts = { commands: ALL_COMMANDS, interruptions, surroundings };
  if (!process.stdin.isTTY) return await runScript(createInterface(process.stdin), parts);
  return await new Repl({ ...parts, terminal, connections, paths: userPaths(process.env) }).run();
}

/** Ctrl-C ends the command that runs; the second one, or one between commands, the program. */
function listenToSignals(interruptions: Interruptions): void {
  process.on('SIGINT', () => {
    if (!interruptions.interrupt()) process.exit(EXIT_CODES.interrupted);
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interruptions.terminate(() => process.exit(EXIT_CODES.interrupted)));
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough, as `head` does.
    if (error.code === 'EPIPE') process.exit(EXIT_CODES.done);
    const problem = localError(error, 'write to', 'standard output');
    process.stderr.write(`${errorSentence(problem)}\n`, () => process.exit(EXIT_CODES.failed));
  });
  process.stderr.on('error', () => {});
}

/** Ends the process once all that was written has left it. */
async function exitWith(code: number): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
  process.exit(code || process.exitCode);
}
