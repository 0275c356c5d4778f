import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { atOnce, type CallRate } from '../measure/at-once.ts';
import { startRole, type Go } from './role.ts';

/** Bytes of a question, as a call with a path in JSON has them. */
const QUESTION_BYTES = 150;

export interface EchoParams {
  readonly calls: number;
  readonly width: number;
  readonly answerBytes: number;
}

/** Round trips over one plain WebSocket to another process. */
export async function bareEcho({ calls, width, answerBytes }: EchoParams): Promise<CallRate> {
  await using server = await startRole<{ port: number }, object>('echo', { answerBytes });
  const done = server.run();
  const socket = new WebSocket(`ws://127.0.0.1:${server.ready.port}`, { perMessageDeflate: false });
  await once(socket, 'open');
  // One connection keeps the order, so the oldest question is the one that is answered.
  const waiting: (() => void)[] = [];
  socket.on('message', () => waiting.shift()?.());
  const question = 'q'.repeat(QUESTION_BYTES);
  const rate = await atOnce(calls, width, () => {
    const answered = new Promise<void>((resolve) => waiting.push(resolve));
    socket.send(question);
    return answered;
  });
  socket.close();
  await done;
  return rate;
}

/** The role: answers every message of one connection with so many bytes. */
export async function echo({ answerBytes }: { answerBytes: number }, go: Go): Promise<object> {
  const answer = new Uint8Array(answerBytes);
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  await go({ port: (server.address() as AddressInfo).port });
  const [socket] = (await accepted) as [WebSocket];
  socket.on('message', () => socket.send(answer));
  await once(socket, 'close');
  server.close();
  return {};
}
