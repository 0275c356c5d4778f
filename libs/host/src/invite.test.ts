import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { readInvite, writeInvite } from './invite.ts';

const invite = {
  name: 'server-9',
  frontends: ['ws://10.0.0.1:7400', 'wss://[fe80::1]:7400'],
  key: new Uint8Array(32).fill(7),
};

test('an invite is one word and says what was put in', () => {
  const line = writeInvite(invite);
  expect(line).toMatch(/^\S+$/);
  expect(readInvite(` ${line}\n`)).toEqual(invite);
});

test.prop([fc.nat(), fc.constantFrom('cut', 'changed')])(
  'a cut or changed invite is refused',
  (where, how) => {
    const line = writeInvite(invite);
    const at = where % line.length;
    const other = line[at] === 'x' ? 'y' : 'x';
    const broken =
      how === 'cut' ? line.slice(0, at) : line.slice(0, at) + other + line.slice(at + 1);
    expect(() => readInvite(broken)).toThrow('not a whole invite');
  },
);
