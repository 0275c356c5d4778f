import { createHmac } from 'node:crypto';
import type { ByteParts } from '@holdfast/kernel';

/** 32 bytes: HMAC-SHA-256 (RFC 2104) of all parts in order. */
export function hmacSha256(key: Uint8Array, parts: ByteParts): Uint8Array {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return Uint8Array.from(hmac.digest());
}
