import type { Row } from '../bench-context.ts';
import { beside } from './beside.ts';
import { change } from './change.ts';
import { clients } from './clients.ts';
import { getLarge } from './get-large.ts';
import { getSmall } from './get-small.ts';
import { growth } from './growth.ts';
import { list } from './list.ts';
import { memory } from './memory.ts';
import { mid } from './mid.ts';
import { putLarge } from './put-large.ts';
import { putSmall } from './put-small.ts';
import { repair } from './repair.ts';
import { rmi } from './rmi.ts';
import { servers } from './servers.ts';
import { start } from './start.ts';
import { stat } from './stat.ts';
import { tree } from './tree.ts';

/** In the order in which they run. */
export const ROWS: readonly Row[] = [
  putLarge,
  getLarge,
  putSmall,
  getSmall,
  mid,
  stat,
  change,
  list,
  tree,
  beside,
  clients,
  servers,
  growth,
  rmi,
  start,
  repair,
  memory,
];
