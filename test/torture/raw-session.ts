import { once } from 'node:events';
import { PROTOCOL_NUMBER } from '@holdfast/contracts';
import { WebSocket } from 'ws';

const DATA_FRAME = 1;
const STREAM_ID = 7;

export interface RawCall {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Sent as the parameter `content`. */
  readonly content?: Uint8Array | undefined;
  /** Of a changing call. */
  readonly number?: number;
}

export interface RawAnswer {
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: { readonly retryable?: boolean } };
}

/** A connection of a session whose caller chooses numbers by itself, by the page of the protocol. */
export class RawSession implements Disposable {
  readonly #socket: WebSocket;
  readonly #lost: Promise<undefined>;
  readonly #waiting = new Map<number, (answer: RawAnswer) => void>();
  #lastId = 0;

  /** Says hello; another connection with the same `session` and `secret` goes on with the session. */
  static async open(
    url: string,
    identity: { session: string; secret: string },
  ): Promise<RawSession> {
    const socket = new WebSocket(url);
    await once(socket, 'open');
    const raw = new RawSession(socket);
    const hello = { protocol: PROTOCOL_NUMBER, name: 'raw', ...identity };
    const { error } = (await raw.call({ method: 'rmi.hello', params: hello })) ?? {};
    if (error) throw new Error(error.message);
    return raw;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#lost = once(socket, 'close').then(() => undefined);
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      const { id, ...answer } = JSON.parse((data as Buffer).toString()) as RawAnswer & {
        id: number;
      };
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  /** Undefined if the connection was lost before the answer came. */
  async call({ method, params, content, number }: RawCall): Promise<RawAnswer | undefined> {
    const id = ++this.#lastId;
    const answer = new Promise<RawAnswer>((resolve) => this.#waiting.set(id, resolve));
    const bytes = content ? { content: { $bytes: STREAM_ID + id, length: content.length } } : {};
    const meta = number === undefined ? {} : { meta: { number, answeredBelow: number } };
    const request = { jsonrpc: '2.0', id, method, params: { ...params, ...bytes }, ...meta };
    this.#socket.send(JSON.stringify(request));
    if (content) {
      const head = Buffer.alloc(5);
      head.writeUInt8(DATA_FRAME);
      head.writeUInt32BE(STREAM_ID + id, 1);
      this.#socket.send(Buffer.concat([head, content]));
    }
    return await Promise.race([answer, this.#lost]);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
