import { DATA_LIMITS } from '@holdfast/contracts';
import { CLIENT_LIMITS } from '../limits.ts';

/**
 * How many of `filesInFlight` permits a file of a tree takes. The smallest ones cost waiting and no
 * memory; one that is moved chunk by chunk has a window of chunks under way by itself, and takes all.
 */
export function permitsOf(sizeBytes: number): number {
  const { filesInFlight, midFilesInFlight, smallFileBytes } = CLIENT_LIMITS;
  if (sizeBytes > DATA_LIMITS.inlineFileBytes) return filesInFlight;
  return sizeBytes > smallFileBytes ? filesInFlight / midFilesInFlight : 1;
}
