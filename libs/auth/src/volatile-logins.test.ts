import { expect, test } from 'vitest';
import { AUTH_LIMITS } from './limits.ts';
import { VolatileLogins } from './volatile-logins.ts';

// fills AUTH_LIMITS.volatileLogins
test('one login too many that is only in memory ends the oldest one', () => {
  const logins = new VolatileLogins();
  for (let i = 0; i < AUTH_LIMITS.volatileLogins; i++) {
    expect(logins.open(`login ${i}`, 'anna', 0)).toEqual([]);
  }
  expect(logins.open('one more', 'anna', 0)).toEqual(['login 0']);
  expect(logins.end('login 0')).toBe(false);
});
