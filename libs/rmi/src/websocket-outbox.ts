import type { Socket } from 'node:net';
import { joinParts, partsLength } from '@holdfast/kernel';
import { WIRE_LIMITS } from './limits.ts';

const TEXT_MESSAGE = 0x81;
const BINARY_MESSAGE = 0x82;
const MASKED = 0x80;
const MASK_BYTES = 4;

export interface OutboxOptions {
  /** Clients have to mask what they send. A mask of zeros changes nothing. */
  readonly masked: boolean;
  /** Whether frames may still be sent. */
  readonly isOpen: () => boolean;
  /** Told when what was written out has left. */
  readonly onFlushed: () => void;
}

/**
 * Collects the messages that are sent in one turn of the event loop, and writes them out together, the
 * small ones in one piece: each piece costs more than its bytes. Frames them itself (RFC 6455, section
 * 5.2), so that the parts of large ones need not be joined.
 */
export class WebSocketOutbox {
  readonly #stream: Socket;
  readonly #options: OutboxOptions;
  readonly #maskBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  readonly #flushLater = (): void => this.flush();

  constructor(stream: Socket, options: OutboxOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#maskBytes = options.masked ? MASK_BYTES : 0;
  }

  /** Bytes that were sent and have not left. */
  get backlogBytes(): number {
    return this.#bytes + this.#stream.writableLength;
  }

  sendText(text: string): void {
    const length = Buffer.byteLength(text);
    const at = this.#headerBytes(length);
    const frame = Buffer.allocUnsafe(at + length);
    this.#writeHeader(frame, TEXT_MESSAGE, length);
    frame.write(text, at);
    this.#add(frame);
  }

  sendBytes(parts: readonly Uint8Array[]): void {
    const length = partsLength(parts);
    const header = Buffer.allocUnsafe(this.#headerBytes(length));
    this.#writeHeader(header, BINARY_MESSAGE, length);
    this.#add(header, ...parts);
  }

  flush(): void {
    if (this.#bytes === 0) return;
    const pieces = joinShort(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    if (!this.#options.isOpen()) return;
    this.#stream.cork();
    const last = pieces.pop();
    for (const piece of pieces) this.#stream.write(piece);
    if (last) this.#stream.write(last, this.#options.onFlushed);
    this.#stream.uncork();
  }

  #add(...pieces: readonly Uint8Array[]): void {
    if (this.#bytes === 0) setImmediate(this.#flushLater);
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#bytes += piece.length;
    }
    if (this.#bytes >= WIRE_LIMITS.corkedBytes) this.flush();
  }

  #headerBytes(length: number): number {
    return 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8) + this.#maskBytes;
  }

  /** The header of an unfragmented message. */
  #writeHeader(frame: Buffer, kind: number, length: number): void {
    const masked = this.#maskBytes > 0 ? MASKED : 0;
    frame[0] = kind;
    if (length < 126) {
      frame[1] = length | masked;
    } else if (length < 65_536) {
      frame[1] = 126 | masked;
      frame.writeUInt16BE(length, 2);
    } else {
      frame[1] = 127 | masked;
      frame.writeUInt16BE(0, 2);
      frame.writeUIntBE(length, 4, 6);
    }
    const header = this.#headerBytes(length);
    frame.fill(0, header - this.#maskBytes, header);
  }
}

/** The same bytes with short pieces joined to their neighbours. */
function joinShort(pieces: readonly Uint8Array[]): Uint8Array[] {
  const joined: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  const endRun = (): void => {
    if (run.length > 0) joined.push(joinParts(run));
    run = [];
  };
  for (const piece of pieces) {
    if (piece.length <= WIRE_LIMITS.copiedBytes) {
      run.push(piece);
      continue;
    }
    endRun();
    joined.push(piece);
  }
  endRun();
  return joined;
}
