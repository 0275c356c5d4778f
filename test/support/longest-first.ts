import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, longest first: one that begins last keeps everybody waiting alone. */
const LONG: readonly string[] = [
  'libs/chunk-store/src/every-byte.test.ts',
  'libs/directory/src/engine/engine-crash.test.ts',
  'libs/chunk-store/src/crash.test.ts',
  'libs/journal/src/every-byte.test.ts',
  'test/torture/torture.test.ts',
  'test/faults/cut-networks.test.ts',
  'test/simulation/simulation.test.ts',
  'test/faults/lost-frontend.test.ts',
  'test/fuzz/fuzz.test.ts',
  'test/torture/exactly-once.test.ts',
  'test/faults/killed-frontend.test.ts',
];

/** Begins with the files that take long; a clean clone knows nothing of how long they took before. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((file) => moduleId.endsWith(file));
  return place < 0 ? LONG.length : place;
}
