import type { SeededRandom } from '@holdfast/testkit';
import * as disks from './disk-faults.ts';
import type { Fault } from './fault.ts';
import * as machines from './machine-faults.ts';
import * as network from './network-faults.ts';

export type FaultKind =
  | 'server'
  | 'the same server'
  | 'two servers'
  | 'frontend'
  | 'everything'
  | 'while writing'
  | 'client'
  | 'pause'
  | 'two pauses'
  | 'drift'
  | 'clock set'
  | 'connection'
  | 'silence'
  | 'one way'
  | 'failed sync'
  | 'failed reads'
  | 'failed write'
  | 'slow disk'
  | 'full disk'
  | 'empty disk'
  | 'older disk'
  | 'flipped bits';

/** Every fault, by the name under which it is counted. */
export const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  server: machines.restartServer,
  'the same server': machines.restartTarget,
  'two servers': machines.restartTwoServers,
  frontend: machines.restartFrontend,
  everything: machines.restartEverything,
  'while writing': machines.restartWhileWriting,
  client: machines.killClient,
  pause: machines.pauseMachine,
  'two pauses': machines.pauseTwoServers,
  drift: machines.drift,
  'clock set': machines.jumpWall,
  connection: network.breakConnections,
  silence: network.silence,
  'one way': network.oneWayCut,
  'failed sync': disks.failSync,
  'failed reads': disks.failReads,
  'failed write': disks.failWrite,
  'slow disk': disks.slowDisk,
  'full disk': disks.fillDisk,
  'empty disk': disks.emptyDisk,
  'older disk': disks.rollBackDisk,
  'flipped bits': disks.flipBits,
};

interface MoodPlan {
  readonly kinds: readonly FaultKind[];
  /** Between two faults, at most. */
  readonly everyMs: number;
  /** How long a fault lasts, at most. */
  readonly forMs: number;
}

/** What may be wrong with a cluster for a while. A fault named twice comes twice as often. */
const MOODS: Readonly<Record<string, MoodPlan>> = {
  quiet: { kinds: ['client'], everyMs: 20_000, forMs: 0 },
  restarts: {
    kinds: [
      'server',
      'server',
      'two servers',
      'frontend',
      'everything',
      'while writing',
      'while writing',
      'client',
    ],
    everyMs: 5_000,
    forMs: 12_000,
  },
  flicker: {
    kinds: ['the same server', 'while writing', 'frontend', 'connection'],
    everyMs: 1_500,
    forMs: 1_500,
  },
  'bad disk': {
    kinds: ['failed sync', 'failed reads', 'failed write', 'slow disk', 'the same server'],
    everyMs: 6_000,
    forMs: 8_000,
  },
  'bad link': {
    kinds: ['connection', 'connection', 'silence', 'one way', 'one way', 'client'],
    everyMs: 3_000,
    forMs: 9_000,
  },
  'full disks': { kinds: ['full disk', 'server', 'frontend'], everyMs: 6_000, forMs: 15_000 },
  'forgetful disks': {
    kinds: ['empty disk', 'older disk', 'older disk', 'server', 'while writing', 'client'],
    everyMs: 4_000,
    forMs: 8_000,
  },
  rot: { kinds: ['flipped bits', 'server', 'client'], everyMs: 5_000, forMs: 6_000 },
  'bad clocks': {
    kinds: ['drift', 'clock set', 'server', 'frontend', 'silence'],
    everyMs: 4_000,
    forMs: 8_000,
  },
  pauses: { kinds: ['pause', 'pause', 'two pauses', 'frontend'], everyMs: 4_000, forMs: 9_000 },
};

/** Everything at once. */
const CHAOS: MoodPlan = {
  kinds: Object.keys(FAULTS) as FaultKind[],
  everyMs: 3_000,
  forMs: 8_000,
};

export interface PlannedFault {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly forMs: number;
  /** Which of the machines a mood is about. */
  readonly target: number;
}

export interface FaultPlan {
  readonly moods: readonly string[];
  readonly faults: readonly PlannedFault[];
}

const MOST_MOODS = 3;
const CHAOS_CHANCE = 0.2;

/** What will break when, which the seed alone decides: leaving out one fault moves no other. */
export function planFaults(random: SeededRandom, busyMs: number): FaultPlan {
  const count = 1 + random.integer(MOST_MOODS);
  const moods = Array.from({ length: count }, () => anyMood(random));
  const faults = moods.flatMap(({ plan }, i) => {
    const [fromMs, toMs] = [(busyMs * i) / count, (busyMs * (i + 1)) / count];
    return faultsOf(plan, random, { fromMs, toMs });
  });
  return { moods: moods.map(({ name }) => name), faults };
}

function anyMood(random: SeededRandom): { readonly name: string; readonly plan: MoodPlan } {
  if (random.chance(CHAOS_CHANCE)) return { name: 'chaos', plan: CHAOS };
  const [name, plan] = random.pick(Object.entries(MOODS));
  return { name, plan };
}

function faultsOf(
  { kinds, everyMs, forMs }: MoodPlan,
  random: SeededRandom,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): PlannedFault[] {
  const faults: PlannedFault[] = [];
  const target = random.integer(2 ** 16);
  for (let atMs = fromMs; ;) {
    atMs += random.fraction() * everyMs;
    if (atMs >= toMs) return faults;
    faults.push({ atMs, kind: random.pick(kinds), forMs: random.fraction() * forMs, target });
  }
}
