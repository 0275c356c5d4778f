import type { Frame } from './frame.ts';

/** What opening makes of the frames that it found in a segment. */
export interface RecoveredSegment {
  readonly frames: readonly Frame[];
  /** Frames that had been on stable storage and are gone: the store has forgotten something. */
  readonly lostFrames: number;
  /** Where the last kept frame ends; what stands behind it is cut. */
  readonly end: number;
  /** Where the first kept frame begins of which nothing says that it was on stable storage. */
  readonly doubtfulFrom: number;
  readonly lastSequence: number;
  readonly nextPosition: number;
}

export interface RecoveryStart {
  readonly firstSequence: number;
  readonly firstPosition: number;
  /** Where the first frame begins. */
  readonly end: number;
  /** All frames up to this one are known to have been on stable storage. */
  readonly durableSequence: number;
}

/**
 * Sorts what was found into what counts and what does not. A frame that was on stable storage, as a
 * later one says, and is gone is damage. From the first frame on that was not and is gone or torn,
 * everything is the torn tail, which nobody was told of.
 */
export async function recoverSegment(
  found: readonly Frame[],
  start: RecoveryStart,
  contentIsWhole: (frame: Frame) => Promise<boolean>,
): Promise<RecoveredSegment> {
  const durable = found.reduce(
    (most, f) => Math.max(most, f.durableSequence),
    start.durableSequence,
  );
  const frames: Frame[] = [];
  let { end, firstPosition: nextPosition } = start;
  let doubtfulFrom = end;
  let lastSequence = start.firstSequence - 1;
  let lostFrames = 0;
  for (const frame of found) {
    const unbroken = frame.sequence === lastSequence + 1;
    if (frame.sequence <= lastSequence) continue;
    if (!unbroken && frame.sequence - 1 > durable) break;
    if (frame.sequence > durable && !(await contentIsWhole(frame))) break;
    lostFrames += frame.sequence - lastSequence - 1;
    frames.push(frame);
    lastSequence = frame.sequence;
    nextPosition = frame.nextPosition;
    end = frame.offset + frame.bytes;
    if (frame.sequence <= durable) doubtfulFrom = end;
  }
  // The last ones that were on stable storage may be gone with nothing behind them.
  if (lastSequence < durable) {
    lostFrames += durable - lastSequence;
    lastSequence = durable;
  }
  return { frames, lostFrames, end, doubtfulFrom, lastSequence, nextPosition };
}
