import { expect, test } from 'vitest';
import * as z from 'zod';
import { WIRE_LIMITS } from './limits.ts';
import { schemaProblem } from './schema-problem.ts';
import { fromWireError } from './wire-error.ts';

// fills WIRE_LIMITS.errorMessageChars
test('of a message that somebody else made too long only the beginning is taken', () => {
  const message = `It failed${'!'.repeat(WIRE_LIMITS.errorMessageChars)}`;
  const error = fromWireError({ code: -32603, message });
  expect(error.message).toBe(message.slice(0, WIRE_LIMITS.errorMessageChars));
});

// fills WIRE_LIMITS.shownIssues
test('of many problems of one value some are named, and the others counted', () => {
  const { error } = z.array(z.number()).safeParse(Array(WIRE_LIMITS.shownIssues + 4).fill('x'));
  const problem = schemaProblem(error ?? new z.ZodError([]));
  expect(problem.split('; ')).toHaveLength(WIRE_LIMITS.shownIssues + 1);
  expect(problem).toMatch(/; and 4 more$/);
});
