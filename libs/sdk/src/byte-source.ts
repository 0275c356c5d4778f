/** Where the bytes of a new file come from. */
export interface ByteSource {
  /**
   * Reads the next bytes into `target`, at least one; 0 means that the end is reached. The source
   * does not keep `target`.
   */
  read(target: Uint8Array): Promise<number>;
  /**
   * Fills `target` once more with bytes that `read` gave before, from `offset` on. A source that
   * flows by, as a pipe does, has no such method.
   */
  reread?(target: Uint8Array, offset: number): Promise<void>;
}

/** A source that hands out `bytes`. */
export function sourceOfBytes(bytes: Uint8Array): ByteSource {
  let position = 0;
  return {
    read: (target) => {
      const piece = bytes.subarray(position, position + target.length);
      target.set(piece);
      position += piece.length;
      return Promise.resolve(piece.length);
    },
    reread: (target, offset) => {
      target.set(bytes.subarray(offset, offset + target.length));
      return Promise.resolve();
    },
  };
}

/** A source that hands out what `pieces` yields. Abandoned sources leave the iterator open. */
export function sourceOfIterable(pieces: AsyncIterable<Uint8Array>): ByteSource {
  const iterator = pieces[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    read: async (target) => {
      while (rest.length === 0) {
        const next = await iterator.next();
        if (next.done === true) return 0;
        rest = next.value;
      }
      const piece = rest.subarray(0, target.length);
      target.set(piece);
      rest = rest.subarray(piece.length);
      return piece.length;
    },
  };
}
