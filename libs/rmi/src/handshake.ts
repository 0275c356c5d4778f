import * as z from 'zod';
import { HoldfastError } from '@holdfast/contracts';
import { schemaProblem } from './schema-problem.ts';

const count = z.int().min(0);
const name = z.string().max(128);
const features = z.array(z.string().max(64)).max(64);

/** The limits of one side that the other keeps by itself. */
export interface PeerLimits {
  readonly inFlightCalls: number;
  readonly unreadBytes: number;
  readonly textChars: number;
}

const peerLimits = z.object({
  inFlightCalls: z.int().min(1),
  unreadBytes: z.int().min(1),
  textChars: z.int().min(1024),
});

/** Parameters of `rmi.hello`, the first call on a connection. */
export interface Hello {
  /** The protocol's number; another one is refused. */
  readonly protocol: number;
  /** Who dials, for logs and messages. */
  readonly name: string;
  readonly features: readonly string[];
  /** Names the session, chosen by the dialling side: 32 hexadecimal digits. */
  readonly session: string;
  /** Shows that a later connection belongs to the session: 32 hexadecimal digits. */
  readonly secret: string;
  /** `main`: opens or resumes the session. `bulk`: adds a connection for large transfers to it. */
  readonly role: 'main' | 'bulk';
  /** Whether the dialling side opens connections for large transfers. */
  readonly bulk: boolean;
  readonly limits?: PeerLimits | undefined;
}

const digits = z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits');

const helloParams = z.object({
  protocol: count,
  name,
  features: features.default([]),
  session: digits,
  secret: digits,
  role: z.enum(['main', 'bulk']).default('main'),
  bulk: z.boolean().default(false),
  limits: peerLimits.optional(),
});

/** The result of `rmi.hello`. */
export interface HelloAnswer {
  readonly protocol: number;
  readonly name: string;
  /** What both sides can do. */
  readonly features: readonly string[];
  /** The daemon knew the session, and who is at its other end. */
  readonly resumed: boolean;
  readonly limits: PeerLimits;
}

const helloResult = z.object({
  protocol: count,
  name,
  features,
  resumed: z.boolean(),
  limits: peerLimits,
});

export const HELLO_METHOD = 'rmi.hello';

/** Reads the parameters of a hello; `protocol-mismatch` goes before all other complaints. */
export function readHello(params: unknown, protocol: number, ownName: string): Hello {
  const claimed = z.object({ protocol: count, name }).partial().safeParse(params);
  if (claimed.success && claimed.data.protocol !== undefined) {
    checkProtocol(claimed.data.protocol, protocol, claimed.data.name ?? 'The caller', ownName);
  }
  const parsed = helloParams.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new HoldfastError('invalid-argument', `"${HELLO_METHOD}": ${schemaProblem(parsed.error)}`);
}

/** Reads a daemon's answer. */
export function readHelloAnswer(result: unknown): HelloAnswer {
  const parsed = helloResult.safeParse(result);
  if (parsed.success) return parsed.data;
  throw new HoldfastError(
    'protocol-mismatch',
    `The other side does not answer as Holdfast does (${schemaProblem(parsed.error)}). Check the address.`,
  );
}

/** Of all limits, those that the other side needs to know. */
export function peerLimitsOf({ inFlightCalls, unreadBytes, textChars }: PeerLimits): PeerLimits {
  return { inFlightCalls, unreadBytes, textChars };
}

function checkProtocol(theirs: number, ours: number, theirName: string, ourName: string): void {
  if (theirs === ours) return;
  const older = theirs < ours ? theirName : ourName;
  throw new HoldfastError(
    'protocol-mismatch',
    `${theirName} speaks protocol ${theirs} and ${ourName} speaks protocol ${ours}. Update ${older}.`,
    { details: { theirs, ours } },
  );
}
