/**
 * Whether chunks may be read straight from `server` by who reaches the frontend at `frontend`: only in
 * clear text, which file servers speak, and only where that goes no further than the user has already
 * accepted. So from this machine to itself, or in a network in which the frontend is reached in clear.
 * What `wss://` protects is left to the relay.
 */
export function mayReadDirectly(frontend: string, server: string): boolean {
  const [from, to] = [placeOf(frontend), placeOf(server)];
  return from !== undefined && from === to;
}

function placeOf(address: string): 'here' | 'elsewhere' | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'ws:') return undefined;
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname) ? 'here' : 'elsewhere';
}
