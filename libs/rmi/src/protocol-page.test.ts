import { readFile } from 'node:fs/promises';
import { ERROR_CODES, PROTOCOL_NUMBER } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { CLOSE } from './connection.ts';
import { FRAME } from './frame.ts';
import { RMI_LIMITS } from './limits.ts';

const page = await readFile(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('|'));

test('the page for strangers has every error, with its number and whether to retry', () => {
  const cells = rows.flatMap((row) =>
    [...row.matchAll(/\| (-\d+) \| `([a-z-]+)` \| (retryable)?/g)].map(([, rpc, code, retry]) => [
      code,
      { rpc: Number(rpc), retryable: retry !== undefined },
    ]),
  );
  const table = Object.entries(ERROR_CODES).map(([code, { rpc, retryable }]) => [
    code,
    { rpc, retryable },
  ]);
  expect(Object.fromEntries(cells)).toEqual(Object.fromEntries(table));
});

test('the page for strangers has the numbers that the code has', () => {
  expect(page).toContain(`protocol number **${PROTOCOL_NUMBER}**`);
  for (const [name, kind] of Object.entries(FRAME)) expect(page).toContain(`| ${kind} | ${name} |`);
  const { frameBytes, windowBytes, textChars, strangerTextChars } = RMI_LIMITS;
  const { unreadBytes, heldBytes } = RMI_LIMITS;
  const bytes = [frameBytes, windowBytes, textChars, strangerTextChars, unreadBytes, heldBytes];
  for (const limit of bytes) {
    expect(page).toContain(limit.toLocaleString('en-US'));
  }
  for (const code of Object.values(CLOSE).filter((code) => code !== CLOSE.broken)) {
    expect(page).toMatch(new RegExp(`\\| .*\\b${code}\\b.* \\|`));
  }
});
