import { createHash } from 'node:crypto';
import { HoldfastError, instanceName } from '@holdfast/contracts';
import { fromHex, toHex } from '@holdfast/kernel';
import * as z from 'zod';

/** What a server on another machine needs in order to join a cluster. */
export interface Invite {
  /** The name of the new server. */
  readonly name: string;
  /** Addresses of frontends, to be tried in turn. */
  readonly frontends: readonly string[];
  /** The cluster key: whoever reads an invite can become a server of the cluster. */
  readonly key: Uint8Array;
}

const PREFIX = 'holdfast-invite-1';
const CHECK_DIGITS = 8;

const content = z.object({
  name: instanceName,
  frontends: z.array(z.string().refine((text) => URL.canParse(text))).min(1),
  key: z.string().regex(/^[0-9a-f]{64}$/),
});

/** An invite as one line without spaces, with a check sum that tells when a part is missing. */
export function writeInvite({ name, frontends, key }: Invite): string {
  const text = JSON.stringify({ name, frontends, key: toHex(key) });
  const body = Buffer.from(text).toString('base64url');
  return `${PREFIX}.${body}.${checkOf(body)}`;
}

/** Reads what `writeInvite` made; throws `invalid-argument` on anything else. */
export function readInvite(line: string): Invite {
  const [prefix, body = '', check, ...rest] = line.trim().split('.');
  if (prefix !== PREFIX || rest.length > 0 || check !== checkOf(body)) throw notAnInvite();
  const invite = content.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  if (!invite.success) throw notAnInvite();
  return { ...invite.data, key: fromHex(invite.data.key) };
}

function checkOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, CHECK_DIGITS);
}

function notAnInvite(): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    'This is not a whole invite. Copy the line that `holdfast server invite NAME` prints, all of it, and put it in quotes.',
  );
}
