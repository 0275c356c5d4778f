import { percentile } from './summary.ts';

/** How many calls a second went through, and how long one took. */
export interface CallRate {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Makes `calls` calls, `width` of them under way at any time, and times each. */
export async function atOnce(
  calls: number,
  width: number,
  call: (index: number) => Promise<unknown>,
): Promise<CallRate> {
  let next = 0;
  return await whileWanted(
    () => next < calls,
    width,
    () => call(next++),
  );
}

/** Makes calls as long as they are wanted, `width` of them under way at any time. */
export async function whileWanted(
  wanted: () => boolean,
  width: number,
  call: (index: number) => Promise<unknown>,
): Promise<CallRate> {
  const latencies: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (wanted()) {
      const begun = performance.now();
      await call(next++);
      latencies.push(performance.now() - begun);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: width }, worker));
  const seconds = (performance.now() - begun) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    calls: latencies.length,
    perSecond: latencies.length / seconds,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
  };
}
