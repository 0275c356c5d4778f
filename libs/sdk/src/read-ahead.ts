/**
 * Does `work` on up to `window` items at once and yields the results in the items' order. Work in
 * progress is told by its signal when the results are no longer wanted.
 */
export async function* readAhead<T, R>(
  items: AsyncIterable<T>,
  window: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const stop = new AbortController();
  const iterator = items[Symbol.asyncIterator]();
  const running: Promise<R>[] = [];
  let ended = false;
  try {
    for (;;) {
      while (!ended && running.length < window) {
        const next = await iterator.next();
        if (next.done === true) ended = true;
        else running.push(begin(work, next.value, stop.signal));
      }
      const oldest = running.shift();
      if (!oldest) return;
      yield await oldest;
    }
  } finally {
    stop.abort(new DOMException('No longer wanted', 'AbortError'));
    await iterator.return?.();
  }
}

/** A failure is reported when its turn comes, and until then it is nobody's. */
function begin<T, R>(
  work: (item: T, signal: AbortSignal) => Promise<R>,
  item: T,
  signal: AbortSignal,
): Promise<R> {
  const result = work(item, signal);
  result.catch(() => {});
  return result;
}
