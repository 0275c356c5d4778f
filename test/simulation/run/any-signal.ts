import { setMaxListeners } from 'node:events';

/**
 * `AbortSignal.any` as the platform describes it, but for one thing: Node keeps a combined signal, with
 * all that its listeners reach, until one of its sources is aborted. A process that is killed in a
 * simulation aborts nothing any more, so each seed would leave its whole cluster in memory.
 */
export function anySignal(signals: Iterable<AbortSignal>): AbortSignal {
  const sources = [...signals];
  const combined = new AbortController();
  const aborted = sources.find((source) => source.aborted);
  if (aborted) {
    combined.abort(aborted.reason);
    return combined.signal;
  }
  const onAbort = (): void => {
    for (const source of sources) source.removeEventListener('abort', onAbort);
    combined.abort(sources.find((source) => source.aborted)?.reason);
  };
  setMaxListeners(0, ...sources);
  for (const source of sources) source.addEventListener('abort', onAbort);
  return combined.signal;
}
