import type { CallRate } from '../measure/at-once.ts';
import type { FigureKind, Figures, Unit } from '../measure/figures.ts';

/** The three figures that one kind of small call has. */
export interface CallKind {
  readonly name: string;
  readonly unit: Unit;
  readonly goalPerSecond?: number;
  readonly goalP50Ms?: number;
}

export function addCallRate(figures: Figures, kind: CallKind, rate: CallRate): void {
  const { perSecond, p50, p99 } = figureKinds(kind);
  figures.add(perSecond, rate.perSecond);
  figures.add(p50, rate.p50Ms);
  figures.add(p99, rate.p99Ms);
}

/** Adds what bounds the rate and the middle latency; nothing bounds the worst one. */
export function addCallLimit(
  figures: Figures,
  kind: CallKind,
  { what, perSecond, p50Ms }: { what: string; perSecond: number; p50Ms: number },
): void {
  const kinds = figureKinds(kind);
  figures.addLimit(kinds.perSecond.name, what, perSecond);
  figures.addLimit(kinds.p50.name, what, p50Ms);
}

function figureKinds({ name, unit, goalPerSecond, goalP50Ms }: CallKind): {
  perSecond: FigureKind;
  p50: FigureKind;
  p99: FigureKind;
} {
  const goal = (value: number | undefined): { goal?: number } =>
    value === undefined ? {} : { goal: value };
  return {
    perSecond: { name, unit, better: 'more', ...goal(goalPerSecond) },
    p50: { name: `${name}: p50`, unit: 'ms', better: 'less', ...goal(goalP50Ms) },
    p99: { name: `${name}: p99`, unit: 'ms', better: 'less' },
  };
}
