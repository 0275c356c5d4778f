import { expect, test } from 'vitest';
import { addressGroup } from './address-group.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['192.0.2.7:51234', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:12:aaaa:bbbb:cccc:dddd', '2001:db8:0:12::/64'],
  ['2001:DB8::12:0:0:0:1', '2001:db8:0:12::/64'],
  ['[2001:db8:0:12::1]:443', '2001:db8:0:12::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['in-memory', 'in-memory'],
])('%s is throttled as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});
