import { sleep } from '@holdfast/kernel';
import { statusPage } from '../display/status-page.ts';
import { CLIENT_LIMITS } from '../limits.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';

interface StatusFlags {
  readonly watch?: boolean;
  readonly json?: boolean;
}

export const status: Command = {
  name: 'status',
  operands: ['none'],
  declare: (program, run) =>
    program
      .command('status')
      .description('show servers, copies and repair')
      .option('-w, --watch', 'again every second, until Ctrl-C')
      .option('--json', 'tell the result as JSON')
      .action(run(show)),
};

async function show(
  context: CommandContext,
  _args: readonly string[],
  flags: StatusFlags,
): Promise<void> {
  const { terminal, clock, signal } = context;
  const client = await context.client();
  for (;;) {
    const { status: now } = await client.cluster.status({}, { signal });
    const page = flags.json
      ? `${JSON.stringify(now)}\n`
      : statusPage(now, clock.wallMs(), terminal.style);
    if (flags.watch && !flags.json && terminal.outputIsTty) terminal.repaint(page);
    else terminal.print(page);
    if (!flags.watch) return;
    // Ctrl-C is how watching ends, and so no failure.
    await sleep(clock, CLIENT_LIMITS.watchMs, signal).catch(() => {});
    if (signal.aborted) return;
  }
}
