import type { ReadStream } from 'node:tty';
import type { ByteSource } from '@holdfast/sdk';
import { sourceOfIterable } from '@holdfast/sdk';

/** Standard input as a source of bytes. It is not touched before the first read. */
export function inputSource(
  input: ReadStream | (NodeJS.ReadableStream & AsyncIterable<unknown>),
): ByteSource {
  let source: ByteSource | undefined;
  return {
    read: (target) => {
      source ??= sourceOfIterable(bytesOf(input));
      return source.read(target);
    },
  };
}

async function* bytesOf(input: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const piece of input) {
    yield piece instanceof Uint8Array ? piece : Buffer.from(String(piece));
  }
}
