import type { Point } from '@holdfast/kernel';
import type { Action } from '../support/workload/workload.ts';

/** An instant of an operation at which parts are killed. */
export interface Target {
  readonly name: string;
  /** Whose instant it is. */
  readonly at: 'frontend' | 'server';
  readonly point: Point;
  readonly about?: readonly string[];
  /** What clients should do more of, so that it is soon reached. */
  readonly prefer?: Action;
  /**
   * What it takes besides: a server that returns after changes were made without it, a frontend that
   * starts, a server that returns with an empty disk, a part whose journal needs another file.
   */
  readonly after?: 'server-returns' | 'frontend-starts' | 'disk-emptied' | 'journal-filled';
}

const COMMIT_STAGES = [
  ['placed', 'commit.placed'],
  ['committed-locally', 'commit.journaled'],
  ['committed-on-stores', 'commit.on-stores'],
  ['visible', 'commit.visible'],
  ['applied', 'commit.applied'],
] as const;

/** All stages of a change, from the call's arrival to its answer. */
function change(name: string, calls: readonly string[], prefer: Action): readonly Target[] {
  const common = { at: 'frontend', about: calls, prefer } as const;
  return [
    { ...common, name: `${name}.arrived`, point: 'call.arrived' },
    ...COMMIT_STAGES.map(([stage, point]) => ({ ...common, name: `${name}.${stage}`, point })),
    { ...common, name: `${name}.answer-ready`, point: 'call.answer-ready' },
  ];
}

/** On a store, before and after the sync of records of a kind. */
function records(name: string, kind: string, prefer: Action): readonly Target[] {
  const common = { at: 'server', about: [kind], prefer } as const;
  return [
    { ...common, name: `${name}.chunk-appended`, point: 'chunk.appended' },
    { ...common, name: `${name}.chunk-synced`, point: 'chunk.synced' },
  ];
}

function journalOf(at: Target['at'], name: string): readonly Target[] {
  return [
    { name: `${name}.written`, at, point: 'journal.written' },
    { name: `${name}.synced`, at, point: 'journal.synced' },
    { name: `${name}.rolled`, at, point: 'journal.segment-begun', after: 'journal-filled' },
  ];
}

const GETS = ['store.get', 'store.getLarge'];

export const TARGETS: readonly Target[] = [
  ...records('put', 'put', 'put-small'),
  {
    name: 'put.chunk-on-stores',
    at: 'frontend',
    point: 'put.chunk-on-stores',
    about: ['small'],
    prefer: 'put-small',
  },
  ...change('put', ['files.write'], 'put-small'),

  ...change('upload-opened', ['files.openUpload'], 'put-large'),
  {
    name: 'upload.chunk-on-stores',
    at: 'frontend',
    point: 'put.chunk-on-stores',
    about: ['large'],
    prefer: 'put-large',
  },
  { name: 'upload.chunks-noted', at: 'frontend', point: 'put.chunks-noted', prefer: 'put-large' },
  ...change('upload', ['files.commitUpload'], 'put-large'),

  ...change('delete', ['files.remove'], 'remove'),
  ...change('rename', ['files.rename'], 'rename'),
  ...change('restore', ['files.restore'], 'restore'),
  ...change('empty-trash', ['files.emptyTrash'], 'empty-trash'),
  ...journalOf('frontend', 'journal'),
  ...journalOf('server', 'journal-copy'),

  { name: 'get.opened', at: 'frontend', point: 'get.opened', prefer: 'get' },
  { name: 'get.first-chunk', at: 'frontend', point: 'get.chunk-read', prefer: 'get' },
  { name: 'get.asked', at: 'server', point: 'call.arrived', about: GETS, prefer: 'get' },
  { name: 'get.read', at: 'server', point: 'call.answer-ready', about: GETS, prefer: 'get' },
  { name: 'direct.asked', at: 'server', point: 'direct.asked', prefer: 'get' },
  { name: 'direct.read', at: 'server', point: 'direct.read', prefer: 'get' },
  { name: 'direct.put', at: 'server', point: 'direct.put', prefer: 'put-large' },

  {
    name: 'start.epoch-taken',
    at: 'frontend',
    point: 'start.epoch-taken',
    after: 'frontend-starts',
  },
  ...(['caught-up', 'agreed', 'recorded'] as const).map((stage): Target => {
    return {
      name: `view.${stage}`,
      at: 'frontend',
      point: `view.${stage}`,
      after: 'server-returns',
    };
  }),
  ...(['joined', 'accepted', 'noted'] as const).map((stage): Target => {
    const point = `catch-up.${stage}` as const;
    return { name: point, at: 'frontend', point, after: 'server-returns' };
  }),
  { name: 'catch-up.bound', at: 'server', point: 'catch-up.bound', after: 'server-returns' },
  { name: 'catch-up.settled', at: 'frontend', point: 'catch-up.settled', after: 'disk-emptied' },
  { name: 'repair.fetched', at: 'server', point: 'repair.fetched', after: 'server-returns' },
  { name: 'repair.pulled', at: 'frontend', point: 'repair.pulled', after: 'server-returns' },
  { name: 'repair.recorded', at: 'frontend', point: 'repair.recorded', after: 'server-returns' },

  ...records('collection', 'delete', 'empty-trash'),
  ...(['reaped', 'decided', 'deleted', 'forgotten'] as const).map((stage): Target => {
    const point = `collection.${stage}` as const;
    return { name: point, at: 'frontend', point, prefer: 'empty-trash' };
  }),

  { name: 'segment.begun', at: 'server', point: 'segment.begun', prefer: 'put-large' },
  { name: 'segment.sealed', at: 'server', point: 'segment.sealed', prefer: 'put-large' },
  ...records('compaction', 'move', 'empty-trash'),
  ...(['begun', 'copied', 'switched', 'removed'] as const).map((stage): Target => {
    const point = `compaction.${stage}` as const;
    return { name: point, at: 'server', point, prefer: 'empty-trash' };
  }),
];
