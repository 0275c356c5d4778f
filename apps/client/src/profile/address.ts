import { HoldfastError } from '@holdfast/contracts';

const DEFAULT_PORT = 7400;

/** A frontend's address as people write it: `ws://host:7400`, or the host and port alone. */
export function parseAddress(text: string): string {
  const trimmed = text.trim();
  const full = /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `ws://${trimmed}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  const plain = url?.pathname === '/' || url?.pathname === '';
  const known = url?.protocol === 'ws:' || url?.protocol === 'wss:';
  if (!url || !known || !plain || url.hostname === '' || url.search !== '' || url.username !== '') {
    throw new HoldfastError(
      'invalid-argument',
      `${JSON.stringify(text)} is no address of a frontend. Write it like ws://10.0.0.5:${DEFAULT_PORT}.`,
    );
  }
  // The usual ports of the web mean nothing here, and so are not left out.
  const typedPort = /:(\d+)\/?$/.exec(full)?.[1];
  return `${url.protocol}//${url.hostname}:${typedPort ?? DEFAULT_PORT}`;
}

/** Several addresses, with commas or spaces between them. */
export function parseAddresses(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map(parseAddress);
}

/** Whether passwords and data would travel to `address` for others to read. */
export function travelsInClear(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === 'ws:' && !loopback;
}
