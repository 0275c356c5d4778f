import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const conditions = ['@holdfast/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['{libs,apps,tools}/**/*.test.{ts,mjs}'],
          // Loading everything anew for each file took longer than the tests.
          isolate: false,
          // One per core, as these compute and never wait.
          maxWorkers: '100%',
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'simulation',
          sequence: { groupOrder: 1 },
          include: ['test/simulation/**/*.test.ts'],
          maxWorkers: '100%',
          testTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          // Real processes mostly wait. More files at once than these would keep them waiting.
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/simulation/**'],
          globalSetup: ['test/support/bundle-programs.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
