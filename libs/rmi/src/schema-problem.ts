import type * as z from 'zod';
import { WIRE_LIMITS } from './limits.ts';

/** What is wrong with a value, as `path: what was expected`, for people. */
export function schemaProblem(error: z.ZodError): string {
  const shown = error.issues
    .slice(0, WIRE_LIMITS.shownIssues)
    .map(({ path, message }) => `${path.join('.') || 'the value'}: ${message}`);
  const more = error.issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
