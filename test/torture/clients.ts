import { fsyncSync, openSync, writeSync } from 'node:fs';
import type { HoldfastClient } from '@holdfast/sdk';
import { RMI_LIMITS } from '@holdfast/rmi';
import { SDK_LIMITS } from '@holdfast/sdk';
import { connectWith } from '../support/connect-client.ts';
import { Seeded } from '../support/seeded.ts';
import type { Change } from '../support/workload/account.ts';
import { type Action, Workload } from '../support/workload/workload.ts';
import type { FromClients, ToClients } from './client-process.ts';

const LARGE_BYTES = 6 * 1024 * 1024;
const MOST_FILES = 8;
const KEPT_FILES = 2;
const WEIGHTS = {
  'put-small': 6,
  'put-large': 1,
  overwrite: 4,
  rename: 4,
  remove: 5,
  restore: 3,
  get: 4,
  'empty-trash': 1,
};
const PREFERRED_WEIGHT = 30;

/** A line of the log: what was acknowledged to which client. */
export interface Acknowledgement {
  readonly folder: string;
  readonly change: Change;
}

// Clients repeat a call under its number until it is answered, however long that takes.
Object.assign(SDK_LIMITS, { settlingMs: 600_000, firstSettlingMs: 600_000 });
Object.assign(RMI_LIMITS, { backoffMinMs: 20, backoffMaxMs: 200 });

const [config = '', logFile = '', seed = '', count = ''] = process.argv.slice(2);
const seeded = new Seeded(Number(seed));
const log = openSync(logFile, 'a');
let preferred: Action | undefined;
let paused = Promise.resolve();
let resume = (): void => {};
let idle = 0;
let isPaused = false;
let acknowledged = 0;

process.on('message', (message: ToClients) => {
  if (message.kind === 'prefer') preferred = message.action;
  if (message.kind === 'pause') {
    isPaused = true;
    paused = new Promise((resolve) => (resume = resolve));
  }
  if (message.kind === 'resume') {
    isPaused = false;
    resume();
  }
});
process.on('disconnect', () => process.exit(0));

try {
  await Promise.all(Array.from({ length: Number(count) }, (_, number) => runClient(number)));
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? (error.stack ?? '') : String(error) });
}

async function runClient(number: number): Promise<void> {
  const client: HoldfastClient = await connectWith(config);
  const folder = `/shared/client-${number}`;
  const workload = await Workload.begin(client, {
    folder,
    seeded: seeded.branch(number),
    weights: () => (preferred ? { ...WEIGHTS, [preferred]: PREFERRED_WEIGHT } : WEIGHTS),
    largeBytes: LARGE_BYTES,
    mostFiles: MOST_FILES,
    kept: KEPT_FILES,
    record: (change) => record({ folder, change }),
  });
  for (;;) {
    await workload.step();
    tell({ kind: 'acknowledged', count: ++acknowledged });
    if (!isPaused) continue;
    if (++idle === Number(count)) tell({ kind: 'paused' });
    await paused;
    idle--;
  }
}

/** On the disk before the next change is begun. */
function record(acknowledgement: Acknowledgement): void {
  writeSync(log, `${JSON.stringify(acknowledgement)}\n`);
  fsyncSync(log);
}

function tell(message: FromClients): void {
  process.send?.(message);
}
