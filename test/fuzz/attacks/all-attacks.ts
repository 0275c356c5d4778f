import type { Attack } from './attack.ts';
import { chunkReaders } from './chunk-readers.ts';
import { floodOfCalls, floodOfConnections, floodOfLogins, floodOfStreams } from './floods.ts';
import { leaver, oddHttp } from './leavers.ts';
import { mangledCalls } from './mangled-calls.ts';
import { mangledFrames } from './mangled-frames.ts';

export const ATTACKS: readonly Attack[] = [
  mangledCalls,
  mangledFrames,
  floodOfCalls,
  floodOfLogins,
  floodOfStreams,
  floodOfConnections,
  leaver,
  oddHttp,
  chunkReaders,
];
