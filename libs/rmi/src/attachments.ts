import type { Attachment } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';
import type { ByteParts, Deferred } from '@holdfast/kernel';
import { deferred, partsLength } from '@holdfast/kernel';
import type { BytesReceiver } from './incoming-streams.ts';
import type { Lane } from './lane.ts';
import type { StreamOutcome } from './outgoing-streams.ts';
import { isRecord } from './wire-error.ts';

/** The members of parameters or results that travel outside JSON, by name. */
export type Attachments = ReadonlyMap<string, Attachment>;

type Values = Readonly<Record<string, unknown>>;

/** How attachments are written in JSON: their stream's number under the key of their kind. */
const KEY = { bytes: '$bytes', byteStream: '$stream', items: '$items' } as const;

/** Whether any of them is a stream, of which nobody can send the beginning again. */
export function hasStreams(attachments: Attachments): boolean {
  return [...attachments.values()].some(({ kind }) => kind !== 'bytes');
}

/** The bytes, not streams, that `values` brings along. */
export function attachedBytes(values: Values, attachments: Attachments): number {
  let sum = 0;
  for (const [name, { kind }] of attachments) {
    const value = values[name];
    if (kind === 'bytes' && value !== undefined) sum += partsLength(value as ByteParts);
  }
  return sum;
}

/** Refuses bytes that are longer than agreed, before anything is sent. */
export function checkAttachedBytes(values: Values, attachments: Attachments): void {
  for (const [name, { kind, maxBytes }] of attachments) {
    const value = values[name];
    if (kind === 'bytes' && value !== undefined) {
      checkLength(name, partsLength(value as ByteParts), maxBytes);
    }
  }
}

export interface Detached {
  /** What goes into JSON. */
  readonly json: Values;
  /** The numbers of the streams that were started on the lane. */
  readonly streams: readonly number[];
}

/** What follows the attachments that are sent. */
export interface Sending {
  /** Hears the end of each stream that is not bytes. */
  readonly onStreamDone?: (outcome: StreamOutcome) => void;
  /** Books bytes until what it returns is called; throws where there is no room for them. */
  readonly book?: (bytes: number) => () => void;
}

/** Starts sending the attachments of `values` on `lane`. Their frames leave behind the JSON text. */
export function detach(
  values: Values,
  attachments: Attachments,
  lane: Lane,
  sending: Sending = {},
): Detached {
  if (attachments.size === 0) return { json: values, streams: [] };
  const json: Record<string, unknown> = { ...values };
  const streams: number[] = [];
  for (const [name, { kind }] of attachments) {
    const value = values[name];
    if (value === undefined) continue;
    const id = startSending(value, kind, lane, sending);
    streams.push(id);
    const length = kind === 'bytes' ? { length: partsLength(value as ByteParts) } : {};
    json[name] = { [KEY[kind]]: id, ...length };
  }
  return { json, streams };
}

function startSending(
  value: unknown,
  kind: Attachment['kind'],
  lane: Lane,
  { onStreamDone, book }: Sending,
): number {
  if (kind === 'bytes') {
    const parts = value as ByteParts;
    return lane.outgoing.bytes(parts, book?.(partsLength(parts)));
  }
  return kind === 'byteStream'
    ? lane.outgoing.byteStream(value as ReadableStream<Uint8Array>, onStreamDone)
    : lane.outgoing.items(value as AsyncIterable<unknown>, onStreamDone);
}

/** Attachments on their way in. */
export interface Attached {
  /** The values, once all bytes have arrived; streams may still go on. */
  readonly values: Promise<Values> | Values;
  /** Bytes that are held, or will be, until the call is over. */
  readonly heldBytes: number;
  /** Bytes of streams that may lie unread. */
  readonly windowBytes: number;
  readonly streams: readonly number[];
}

/**
 * Starts receiving the attachments that `json` announces; must run before the next message of the
 * lane is handled. Throws `invalid-argument`, and starts nothing, if they are not as agreed.
 */
export function attach(json: unknown, attachments: Attachments, lane: Lane | undefined): Attached {
  if (!isRecord(json)) {
    throw new HoldfastError('invalid-argument', 'Parameters and results are objects.');
  }
  if (attachments.size === 0) return { values: json, heldBytes: 0, windowBytes: 0, streams: [] };
  const announced = readAnnouncements(json, attachments);
  if (announced.length === 0) return { values: json, heldBytes: 0, windowBytes: 0, streams: [] };
  if (!lane) {
    throw new HoldfastError(
      'invalid-request',
      'Bytes and streams cannot travel in a single HTTP request. Use a WebSocket.',
    );
  }
  return startReceiving(json, announced, lane);
}

function startReceiving(json: Values, announced: readonly Announcement[], lane: Lane): Attached {
  const values: Record<string, unknown> = { ...json };
  const streams: number[] = [];
  const arrival = new Arrival(values);
  let heldBytes = 0;
  let windowBytes = 0;
  try {
    for (const { name, attachment, id, length } of announced) {
      if (attachment.kind === 'bytes') {
        lane.incoming.bytes(id, length, arrival.of(name));
        heldBytes += length;
      } else if (attachment.kind === 'byteStream') {
        values[name] = lane.incoming.byteStream(id);
      } else if (attachment.item) {
        values[name] = lane.incoming.items(id, attachment.item);
      }
      if (attachment.kind !== 'bytes') windowBytes += lane.incoming.windowBytes;
      streams.push(id);
    }
  } catch (error) {
    for (const id of streams) lane.incoming.cancel(id);
    throw error;
  }
  return { values: arrival.complete(), heldBytes, windowBytes, streams };
}

/** The bytes among values that are not all there, as one promise, however many members have some. */
class Arrival {
  readonly #values: Record<string, unknown>;
  #missing = 0;
  #failure: { readonly error: unknown } | undefined;
  #waiting: Deferred<Values> | undefined;

  constructor(values: Record<string, unknown>) {
    this.#values = values;
  }

  /** What hears of the bytes of one member. */
  of(name: string): BytesReceiver {
    this.#missing++;
    return {
      whole: (parts) => {
        this.#values[name] = parts;
        if (--this.#missing === 0) this.#waiting?.resolve(this.#values);
      },
      failed: (error) => {
        this.#failure ??= { error };
        this.#waiting?.reject(error);
      },
    };
  }

  complete(): Promise<Values> | Values {
    if (this.#missing === 0) return this.#values;
    this.#waiting = deferred();
    if (this.#failure) this.#waiting.reject(this.#failure.error);
    return this.#waiting.promise;
  }
}

interface Announcement {
  readonly name: string;
  readonly attachment: Attachment;
  readonly id: number;
  readonly length: number;
}

function readAnnouncements(json: Values, attachments: Attachments): Announcement[] {
  const found: Announcement[] = [];
  for (const [name, attachment] of attachments) {
    if (!Object.hasOwn(json, name)) continue;
    const value = json[name];
    const key = KEY[attachment.kind];
    const id = isRecord(value) ? value[key] : undefined;
    const length = isRecord(value) && attachment.kind === 'bytes' ? value['length'] : 0;
    if (!isCount(id, 0xffff_ffff) || !isCount(length, Number.MAX_SAFE_INTEGER)) {
      throw new HoldfastError(
        'invalid-argument',
        `${name}: expected {"${key}": number of the stream${attachment.kind === 'bytes' ? ', "length": bytes' : ''}}`,
      );
    }
    checkLength(name, length, attachment.maxBytes);
    found.push({ name, attachment, id, length });
  }
  return found;
}

function checkLength(name: string, length: number, maxBytes: number): void {
  if (length <= maxBytes) return;
  throw new HoldfastError(
    'invalid-argument',
    `${name}: ${length} bytes are more than the ${maxBytes} allowed`,
  );
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}
