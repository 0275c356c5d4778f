import type { ByteParts } from '@holdfast/kernel';
import { GatheredParts } from './gathered-parts.ts';
import {
  decodeRequest,
  type ChunkRequest,
  type PutRequest,
  type ReadRequest,
} from './chunk-wire.ts';

export interface RequestReaderOptions {
  /** Bytes of one request. */
  readonly requestBytes: number;
  readonly onRead: (wanted: ReadRequest) => void;
  /** Whether the bytes that follow are to be kept; else they are passed over. */
  readonly onPut: (put: PutRequest) => boolean;
  /** All bytes of a put that are to be kept have come. */
  readonly onContent: (put: PutRequest, content: ByteParts) => void;
}

/** A chunk that is arriving. */
interface Arriving {
  readonly put: PutRequest;
  /** Undefined where it is passed over. */
  readonly parts: GatheredParts | undefined;
  leftBytes: number;
}

const NEW_LINE = 0x0a;

/** Cuts what a client sends into requests, and the chunks that belong to them. */
export class RequestReader {
  readonly #options: RequestReaderOptions;
  #line = new Uint8Array(0);
  #arriving: Arriving | undefined;

  constructor(options: RequestReaderOptions) {
    this.#options = options;
  }

  /** Keeps views of `bytes`. False if what came is no request: nothing that follows can be read. */
  receive(bytes: Uint8Array): boolean {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#arriving) {
        rest = this.#takeContent(this.#arriving, rest);
        continue;
      }
      const end = rest.indexOf(NEW_LINE);
      this.#keep(end < 0 ? rest : rest.subarray(0, end));
      if (this.#line.length > this.#options.requestBytes) return false;
      if (end < 0) return true;
      const request = decodeRequest(this.#line);
      this.#line = new Uint8Array(0);
      if (!request) return false;
      this.#begin(request);
      rest = rest.subarray(end + 1);
    }
    return true;
  }

  #begin(request: ChunkRequest): void {
    if (!('tickets' in request)) {
      this.#options.onRead(request);
      return;
    }
    const parts = this.#options.onPut(request) ? new GatheredParts() : undefined;
    this.#arriving = { put: request, parts, leftBytes: request.length };
  }

  /** What of `bytes` lies behind the chunk. */
  #takeContent(arriving: Arriving, bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, arriving.leftBytes);
    arriving.parts?.add(part);
    arriving.leftBytes -= part.length;
    if (arriving.leftBytes === 0) {
      this.#arriving = undefined;
      if (arriving.parts) this.#options.onContent(arriving.put, arriving.parts.all);
    }
    return bytes.subarray(part.length);
  }

  #keep(bytes: Uint8Array): void {
    const line = new Uint8Array(this.#line.length + bytes.length);
    line.set(this.#line);
    line.set(bytes, this.#line.length);
    this.#line = line;
  }
}
