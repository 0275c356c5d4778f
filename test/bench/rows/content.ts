import { randomFillSync } from 'node:crypto';
import { DATA_LIMITS } from '@holdfast/contracts';
import type { ByteSource, HoldfastClient } from '@holdfast/sdk';

const NOISE: Uint8Array = randomFillSync(new Uint8Array(DATA_LIMITS.chunkBytes));
let made = 0;

/** A source of noise, in which no two chunks of any two files are alike. */
export function noise(bytes: number): ByteSource {
  let left = bytes;
  return {
    read: (target) => {
      const piece = target.subarray(0, Math.min(left, target.length));
      for (let at = 0; at < piece.length; at += NOISE.length) {
        piece.set(NOISE.subarray(0, piece.length - at), at);
        stamp(piece.subarray(at));
      }
      left -= piece.length;
      return Promise.resolve(piece.length);
    },
  };
}

/** Reads a whole file to nowhere; rejects unless it has that length. The sdk checks the hashes. */
export async function readAll(client: HoldfastClient, path: string, bytes: number): Promise<void> {
  await using file = await client.openFile(path);
  let received = 0;
  for await (const part of file.read({ lent: true })) received += part.length;
  if (received !== bytes) throw new Error(`${path} gave ${received} of ${bytes} bytes.`);
}

function stamp(bytes: Uint8Array): void {
  if (bytes.length < 8) return;
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(0, BigInt(++made));
}
