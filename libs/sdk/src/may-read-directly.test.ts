import { expect, test } from 'vitest';
import { mayReadDirectly } from './may-read-directly.ts';

test.for([
  ['ws://127.0.0.1:7400', 'ws://127.0.0.1:7401', true],
  ['ws://localhost:7400', 'ws://[::1]:7401', true],
  ['ws://10.0.0.5:7400', 'ws://10.0.0.6:7401', true],
  // Nobody has accepted clear text beyond this machine.
  ['ws://127.0.0.1:7400', 'ws://10.0.0.6:7401', false],
  // What a frontend elsewhere calls this machine is another one.
  ['ws://10.0.0.5:7400', 'ws://127.0.0.1:7401', false],
  ['wss://files.example:443', 'ws://10.0.0.6:7401', false],
  ['wss://files.example:443', 'wss://10.0.0.6:7401', false],
  ['ws://10.0.0.5:7400', 'http://10.0.0.6:7401', false],
  ['ws://10.0.0.5:7400', 'nonsense', false],
] as const)('from %s to %s directly: %s', ([frontend, server, may]) => {
  expect(mayReadDirectly(frontend, server)).toBe(may);
});
