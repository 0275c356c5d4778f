import { type ClusterStatus, HoldfastError, type ServerStatus } from '@holdfast/contracts';
import { sleep } from '@holdfast/kernel';
import type { Command as Program } from 'commander';
import { foundSentence, percentOf } from '../display/scrub-sentence.ts';
import { safeText } from '../display/safe-text.ts';
import { formatSize } from '../display/size.ts';
import { CLIENT_LIMITS } from '../limits.ts';
import { serverOperand } from '../operands/names.ts';
import { clientOfAdministrator } from './administrators-only.ts';
import type { Run } from './command.ts';
import type { CommandContext } from './context.ts';

interface ScrubFlags {
  readonly json?: boolean;
}

export function declareScrub(servers: Program, run: Run): void {
  servers
    .command('scrub')
    .description('re-read and verify everything that servers and the frontend keep, now')
    .argument('[name]', 'only this server')
    .option('--json', 'tell the result as JSON')
    .action(run(scrub));
}

/** Has servers re-read all they keep, and waits until they are done. */
async function scrub(
  context: CommandContext,
  [argument]: readonly string[],
  { json }: ScrubFlags,
): Promise<void> {
  const { signal, terminal, clock } = context;
  const name = argument === undefined ? undefined : serverOperand(argument);
  const params = name === undefined ? {} : { name };
  const client = await clientOfAdministrator(context);
  const before = (await client.cluster.status({}, { signal })).status;
  const { servers } = await client.cluster.scrub(params, { signal });
  for (;;) {
    const { status } = await client.cluster.status({}, { signal });
    const asked = status.servers.filter(({ name }) => servers.includes(name));
    const waited = asked.filter((one) => !isDone(one, before.servers));
    const lost = waited.find(({ state }) => state === 'gone');
    if (lost) throw wentAway(lost.name);
    if (terminal.outputIsTty && !json) terminal.repaint(asked.map(progressLine).join(''));
    const waitsForFrontend = name === undefined && !isDirectoryDone(status, before);
    if (waited.length === 0 && !waitsForFrontend) {
      const frontend = name === undefined ? status.directory.scrub : undefined;
      const result = { servers: asked, ...(frontend && { frontend }), damage: status.damage };
      if (json) terminal.print(`${JSON.stringify(result)}\n`);
      else {
        if (!terminal.outputIsTty) terminal.print(asked.map(progressLine).join(''));
        if (frontend) terminal.print(frontendLine(status));
      }
      if (status.damage.chunks > 0) throw damagedEverywhere(status.damage.files);
      return;
    }
    await sleep(clock, CLIENT_LIMITS.watchMs, signal);
  }
}

/** A pass has ended since, and the cluster has acted on what was found. */
function isDone({ name, scrub }: ServerStatus, before: readonly ServerStatus[]): boolean {
  const known = before.find((one) => one.name === name)?.scrub?.last?.endedMs ?? 0;
  const ended = scrub?.last !== undefined && scrub.last.endedMs > known && !scrub.current;
  return ended && scrub.untold === 0 && !scrub.uncompared;
}

/** An older frontend says nothing of its own disk, and is not waited for. */
function isDirectoryDone({ directory }: ClusterStatus, before: ClusterStatus): boolean {
  const { scrub } = directory;
  const known = before.directory.scrub?.last?.endedMs ?? 0;
  return !scrub || (scrub.last !== undefined && scrub.last.endedMs > known && !scrub.current);
}

function frontendLine({ frontend: { name }, directory: { scrub } }: ClusterStatus): string {
  if (!scrub?.last) return '';
  const { readBytes, damaged, repaired, damage } = scrub.last;
  const mended = damaged === 0 ? '' : `, ${repaired} repaired`;
  const lines = damage.map((sentence) => `  ${safeText(sentence)}\n`).join('');
  return `${name}: ${formatSize(readBytes)} re-read, ${foundSentence(damaged)}${mended}\n${lines}`;
}

function progressLine({ name, scrub }: ServerStatus): string {
  if (scrub?.current) return `${name}: ${percentOf(scrub.current)} %\n`;
  if (!scrub?.last) return `${name}: begins\n`;
  const { readBytes, damaged } = scrub.last;
  return `${name}: ${formatSize(readBytes)} re-read, ${foundSentence(damaged)}\n`;
}

function wentAway(name: string): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `${name} went away while it was being scrubbed. It goes on by itself when it is back; "status" shows how far it is.`,
  );
}

function damagedEverywhere(files: readonly string[]): HoldfastError {
  const names = files.length === 0 ? 'some files' : files.map(safeText).join(', ');
  return new HoldfastError(
    'damaged',
    `Of parts of ${names} no server has a whole copy any more. Older versions may be whole: see "history".`,
  );
}
