import { HoldfastError, isHoldfastError, type Entry } from '@holdfast/contracts';
import type { HoldfastClient } from '@holdfast/sdk';
import { ProgressBar } from '../display/progress-bar.ts';
import { safeText } from '../display/safe-text.ts';
import { WriteOutcome } from '../display/write-outcome.ts';
import { followLink } from '../operands/follow-link.ts';
import { nameOf } from '../operands/remote-path.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';
import { targetsOf, type Target } from './into.ts';

interface CpFlags {
  readonly recursive?: boolean;
  readonly json?: boolean;
}

export const cp: Command = {
  name: 'cp',
  operands: ['remote'],
  declare: (program, run) =>
    program
      .command('cp')
      .description(
        'copy files within the cluster; a link that is named stands for what it leads to',
      )
      .argument('<from...>', 'files or folders; then the new name, or a folder')
      .usage('[options] FROM… TO')
      .option('-r, --recursive', 'folders with all that is in them')
      .option('--json', 'tell the result as JSON')
      .action(run(copyAll)),
};

async function copyAll(
  context: CommandContext,
  args: readonly string[],
  flags: CpFlags,
): Promise<void> {
  const targets = await targetsOf(context, args, 'written-through');
  const client = await context.client();
  const outcome = new WriteOutcome();
  using bar = new ProgressBar(context.terminal, context.clock, 'cp');
  const copying = new Copying(context, client, outcome, bar);
  for (const target of targets) await copying.copy(target, flags);
  bar[Symbol.dispose]();
  const { copies, wanted, files, sizeBytes, missing } = outcome;
  if (flags.json) {
    const told = { count: files, sizeBytes, copies, wanted, missing };
    context.terminal.print(`${JSON.stringify(told)}\n`);
  } else if (files > 0) {
    context.terminal.print(`${outcome.sentence('copied')}\n`);
  }
}

class Copying {
  readonly #context: CommandContext;
  readonly #client: HoldfastClient;
  readonly #outcome: WriteOutcome;
  readonly #bar: ProgressBar;
  #finishedBytes = 0;

  constructor(
    context: CommandContext,
    client: HoldfastClient,
    outcome: WriteOutcome,
    bar: ProgressBar,
  ) {
    this.#context = context;
    this.#client = client;
    this.#outcome = outcome;
    this.#bar = bar;
  }

  async copy({ from: named, to }: Target, { recursive }: CpFlags): Promise<void> {
    const { signal } = this.#context;
    const { path: from, entry } = await followLink(this.#context, named);
    if (from === to) throw invalid(`${safeText(from)} cannot be copied onto itself.`);
    if (entry.kind !== 'folder') return await this.#copyEntry(from, entry, to);
    if (!recursive) {
      throw new HoldfastError('is-a-folder', `${safeText(from)} is a folder. Use -r for folders.`);
    }
    if (`${to}/`.startsWith(`${from}/`)) throw invalid('A folder cannot be copied into itself.');
    await this.#client.files.makeFolder({ path: to, parents: true, mode: entry.mode }, { signal });
    const folders = [{ path: to, modifiedMs: entry.modifiedMs }];
    for await (const below of this.#client.walk(from, signal)) {
      const path = to + below.path.slice(from.length);
      await this.#copyEntry(below.path, below.entry, path);
      const { modifiedMs } = below.entry;
      if (below.entry.kind === 'folder') folders.push({ path, modifiedMs });
    }
    for (const folder of folders.toReversed()) {
      await this.#client.files.setAttributes(folder, { signal });
    }
  }

  async #copyEntry(from: string, entry: Entry, to: string): Promise<void> {
    const { signal } = this.#context;
    if (entry.kind === 'folder') {
      const { mode } = entry;
      await this.#client.files.makeFolder({ path: to, parents: true, mode }, { signal });
    } else if (entry.kind === 'link') {
      const link = { path: to, target: entry.target ?? '' };
      await this.#client.files.makeLink(link, { signal }).catch((error: unknown) => {
        if (!isHoldfastError(error, 'already-exists')) throw error;
        this.#context.fail(error);
      });
    } else {
      this.#bar.label(nameOf(from));
      const onProgress = (doneBytes: number): void =>
        this.#bar.update(this.#finishedBytes + doneBytes);
      const result = await this.#client.copyFile(from, { path: to, signal, onProgress });
      this.#finishedBytes += entry.sizeBytes;
      this.#outcome.add(result);
    }
  }
}

function invalid(message: string): HoldfastError {
  return new HoldfastError('invalid-argument', message);
}
