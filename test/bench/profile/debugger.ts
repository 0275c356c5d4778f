import { once } from 'node:events';
import { Session } from 'node:inspector/promises';
import { WebSocket } from 'ws';
import type { CpuProfile } from './cpu-profile.ts';

/** Somewhere a CPU profile can be taken. */
export interface Debugger extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  begin(): Promise<void>;
  end(): Promise<CpuProfile>;
}

const SAMPLE_MICROSECONDS = 500;

/** Attaches to another process through the address that its inspector listens at. */
export async function attachDebugger(
  name: string,
  pid: number,
  address: string,
): Promise<Debugger> {
  const socket = new WebSocket(address, { perMessageDeflate: false });
  await once(socket, 'open');
  const waiting = new Map<number, (result: unknown) => void>();
  let calls = 0;
  socket.on('message', (text: Buffer) => {
    const { id, result } = JSON.parse(text.toString()) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  const call = (method: string, params: object = {}): Promise<unknown> => {
    const id = ++calls;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  return {
    name,
    pid,
    begin: async () => void (await call('Profiler.start')),
    end: async () => ((await call('Profiler.stop')) as { profile: CpuProfile }).profile,
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** This process itself: the client. */
export async function ownDebugger(name: string): Promise<Debugger> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  return {
    name,
    pid: process.pid,
    begin: () => session.post('Profiler.start'),
    end: async () => (await session.post('Profiler.stop')).profile as CpuProfile,
    [Symbol.asyncDispose]: async () => session.disconnect(),
  };
}
