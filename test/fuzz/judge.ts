import type { FuzzResult } from './run-fuzz.ts';

/** What a part may take of memory, in MiB, beyond what it had before the attack. */
const PEAK_MIB = 400;
/** The same when the attack is over. */
const KEPT_MIB = 200;

/** How many times longer others may wait than without the attack: what is aimed at. */
const AIMED_RATIO = 3;
/** Only this is a fault, and only beyond the time below: machines that share a processor are noisy. */
const FAULTY_RATIO = 20;
const NOTICED_MS = 1_000;

/** What the attack broke; nothing where all promises held (§P10). */
export function faultsOf(result: FuzzResult): readonly string[] {
  const faults = result.crashed.map((part) => `${part} has crashed`);
  const internal = result.outcomes['answer internal'];
  if (internal !== undefined) faults.push(`${internal} calls ended with an internal error`);
  const [failure] = result.disturbed.failures;
  const { length } = result.disturbed.failures;
  if (failure !== undefined) faults.push(`${length} operations of a bystander failed: ${failure}`);
  const { undisturbed, disturbed } = result;
  const allowedMs = Math.max(NOTICED_MS, FAULTY_RATIO * undisturbed.p99Ms);
  if (disturbed.p99Ms > allowedMs) {
    faults.push(
      `a bystander waited ${Math.round(disturbed.p99Ms)} ms (p99), not ${Math.round(allowedMs)}`,
    );
  }
  for (const [part, { before, peak, after }] of Object.entries(result.memory)) {
    if (peak > before + PEAK_MIB) faults.push(`${part} grew from ${mib(before)} to ${mib(peak)}`);
    if (after > before + KEPT_MIB) faults.push(`${part} kept ${mib(after)} of ${mib(before)}`);
  }
  return faults;
}

/** A page for people. */
export function describeResult(result: FuzzResult): string {
  const { undisturbed, disturbed } = result;
  const ratio = disturbed.p99Ms / undisturbed.p99Ms;
  const rows = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([what, times]) => `  ${String(times).padStart(8)}  ${what}\n`)
      .join('');
  const memory = Object.entries(result.memory)
    .map(
      ([part, { before, peak, after }]) =>
        `  ${part}: ${mib(before)}, ${mib(peak)}, ${mib(after)}\n`,
    )
    .join('');
  return `Attacks:
${rows(result.rounds)}What came of them:
${rows(result.outcomes)}Memory before, at most, and afterwards:
${memory}A bystander's operations: ${undisturbed.operations} undisturbed, ${disturbed.operations} disturbed.
p99 ${undisturbed.p99Ms.toFixed(1)} ms and ${disturbed.p99Ms.toFixed(1)} ms, ${ratio.toFixed(1)} times (aim: ${AIMED_RATIO}); worst ${disturbed.worstMs.toFixed(0)} ms.
`;
}

function mib(value: number): string {
  return `${Math.round(value)} MiB`;
}
