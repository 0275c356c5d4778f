import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Seeded } from '../support/seeded.ts';
import { runCommand } from '../support/run-command.ts';

const FUZZ = fileURLToPath(new URL('../../dist/fuzz.mjs', import.meta.url));
const { seed } = Seeded.fromEnvironment();

test('connections that misbehave for a minute break nothing, and nobody else notices much', async () => {
  const { code, stdout, stderr } = await runCommand(
    process.execPath,
    [FUZZ, '--minutes', '1', '--seed', String(seed)],
    { timeoutMs: 170_000 },
  );
  console.log(stdout);
  expect({ code, stderr, said: stdout }).toMatchObject({ code: 0, stderr: '' });
  for (const attack of ['mangled calls', 'flood of calls', 'flood of connections', 'odd HTTP']) {
    expect(stdout).toMatch(new RegExp(`\\d+  ${attack}`));
  }
}, 180_000);
