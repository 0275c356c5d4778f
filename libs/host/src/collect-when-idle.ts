import { getHeapStatistics } from 'node:v8';
import { HOST_LIMITS } from './limits.ts';

export interface CollectWhenIdleOptions {
  readonly lookMs?: number;
  /** Undefined where Node was not started with `--expose-gc`: then nothing is done. */
  readonly collect?: (() => void) | undefined;
  /** Bytes that the process holds for its heap, with what is free in it, and in buffers beside it. */
  readonly heldBytes?: () => number;
  /** Microseconds of CPU that the process has used so far. */
  readonly cpuMicros?: () => number;
}

/**
 * Gives back what work has left once there is a pause: Node collects when it needs room, so a process
 * that was busy once keeps its garbage, and room for more, as long as it rests (measured: 637 MiB of a cluster that had moved
 * 1 GiB, and 445 after a collection). A collection holds up what comes in that moment, so a heap whose
 * collection would take long is left alone.
 */
export function collectWhenIdle(options: CollectWhenIdleOptions = {}): Disposable {
  const {
    lookMs = HOST_LIMITS.idleLookMs,
    collect = collectionOfNode(),
    heldBytes = heldNow,
    cpuMicros = cpuNow,
  } = options;
  if (!collect) return { [Symbol.dispose]: () => {} };
  let heldBefore = heldBytes();
  let cpuBefore = cpuMicros();
  const look = (): void => {
    const cpu = cpuMicros();
    const isIdle = cpu - cpuBefore < HOST_LIMITS.idleShare * 1000 * lookMs;
    cpuBefore = cpu;
    const held = heldBytes();
    const isWorthIt = held > heldBefore + HOST_LIMITS.idleGarbageBytes;
    if (!isIdle || !isWorthIt || held > HOST_LIMITS.idleHeapBytes) return;
    collect();
    heldBefore = heldBytes();
    cpuBefore = cpuMicros();
  };
  const timer = setInterval(look, lookMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function collectionOfNode(): (() => void) | undefined {
  const { gc } = globalThis;
  return gc && ((): void => gc());
}

function heldNow(): number {
  const { total_heap_size: heap, external_memory: beside } = getHeapStatistics();
  return heap + beside;
}

function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
