import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { count, type Tally, type Target } from './attack.ts';

/** How long an attacker waits for a door that does not open, or for a last answer. */
const PATIENCE_MS = 3_000;

/** A WebSocket that keeps no rule of the protocol. Disposing tears it off. */
export class RawConnection implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly #tally: Tally;
  #answers = 0;

  /** Connects; nothing if the target does not want another connection now. */
  static async open(target: Target, tally: Tally): Promise<RawConnection | undefined> {
    const socket = new WebSocket(target.url, {
      perMessageDeflate: false,
      handshakeTimeout: PATIENCE_MS,
    });
    const connection = new RawConnection(socket, tally);
    try {
      await once(socket, 'open');
    } catch {
      count(tally, 'connection refused');
      return undefined;
    }
    if (target.token !== undefined) {
      connection.send({ id: 'login', method: 'session.resume', params: { token: target.token } });
    }
    return connection;
  }

  private constructor(socket: WebSocket, tally: Tally) {
    this.socket = socket;
    this.#tally = tally;
    socket.on('message', (data: Buffer, binary: boolean) => {
      if (!binary) this.#judge(data.toString('utf8'));
    });
    socket.on('close', (code) => count(tally, `closed with ${code}`));
    // Being thrown out is the expected end of an attack.
    socket.on('error', () => {});
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Sends a request; what is missing to JSON-RPC 2.0 is added. */
  send(request: object): void {
    this.sendText(JSON.stringify({ jsonrpc: '2.0', ...request }));
  }

  sendText(text: string): void {
    if (this.isOpen) this.socket.send(text);
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.isOpen) this.socket.send(bytes);
  }

  /** Waits until so many answers have come, or the connection is over, or patience is. */
  async answers(wanted: number): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (this.isOpen && this.#answers < wanted && performance.now() < end) await pause(10);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    return Promise.resolve();
  }

  #judge(text: string): void {
    const said = JSON.parse(text) as unknown;
    for (const answer of Array.isArray(said) ? said : [said]) {
      this.#answers++;
      const { error } = answer as { error?: { data?: { code?: string } } };
      count(this.#tally, error ? `answer ${error.data?.code ?? 'without a code'}` : 'answer ok');
    }
  }
}
