import type { Hasher } from '@holdfast/contracts';
import { nativeBlake3 } from './native-blake3.ts';
import { portableBlake3 } from './portable-blake3.ts';

/**
 * BLAKE3, synchronous and fed part by part, so that nothing is joined. Results are arrays of their
 * own. Native where the compiled package is installed, else portable, and then without keyed hashes.
 */
export const blake3Hasher: Hasher = nativeBlake3() ?? (await portableBlake3());
