const IPV4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?$/i;
const IPV6 = /^\[?([0-9a-f:]*:[0-9a-f:]*)(?:%[^\]]*)?(?:\]:\d+)?\]?$/i;
/** A subscriber is given a network of 64 bits at least, and may use every address in it. */
const NETWORK_GROUPS = 4;

/** What is throttled as one: an IPv4 address, or the /64 network of an IPv6 address, without port. */
export function addressGroup(remoteAddress: string): string {
  const ipv4 = IPV4.exec(remoteAddress)?.[1];
  if (ipv4 !== undefined) return ipv4;
  const ipv6 = IPV6.exec(remoteAddress)?.[1];
  if (ipv6 === undefined) return remoteAddress;
  const [head = '', tail] = ipv6.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  while (groups.length + rest.length < 8) groups.push('0');
  const network = [...groups, ...rest].slice(0, NETWORK_GROUPS);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
