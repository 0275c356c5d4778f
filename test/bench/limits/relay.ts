import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startRole, type Go } from './role.ts';

const BLOCK_BYTES = 1024 * 1024;
const RELAY_BLOCKS = 4;

/** MiB a second of one raw TCP stream that a process of Node relays once, to nowhere. */
export async function bareRelay(bytes: number): Promise<number> {
  await using source = await startRole<{ port: number }, object>('send-bytes', { bytes });
  await using relay = await startRole<{ port: number }, object>('relay-bytes', source.ready);
  const working = [source.run(), relay.run()];
  const begun = performance.now();
  const received = await receive(relay.ready.port);
  const seconds = (performance.now() - begun) / 1000;
  await Promise.all(working);
  if (received !== bytes) throw new Error(`The bare relay gave ${received} of ${bytes} bytes.`);
  return bytes / 1024 / 1024 / seconds;
}

/** The role: sends so many bytes to whoever connects first. */
export async function sendBytes({ bytes }: { bytes: number }, go: Go): Promise<object> {
  const block = new Uint8Array(BLOCK_BYTES).fill(7);
  await serveOne(go, async (socket) => {
    for (let left = bytes; left > 0; left -= block.length) {
      const free = socket.write(left < block.length ? block.subarray(0, left) : block);
      if (!free) await once(socket, 'drain');
    }
    socket.end();
  });
  return {};
}

/** The role: hands whoever connects what comes from `port`, from a few blocks of memory. */
export async function relayBytes({ port }: { port: number }, go: Go): Promise<object> {
  await serveOne(go, async (target) => {
    const free: Uint8Array[] = [];
    let block = new Uint8Array(BLOCK_BYTES);
    for (let i = 1; i < RELAY_BLOCKS; i++) free.push(new Uint8Array(BLOCK_BYTES));
    const source = connect({
      port,
      onread: {
        buffer: () => (block = (free.pop() as typeof block) ?? new Uint8Array(BLOCK_BYTES)),
        callback: (count) => {
          const used = block;
          if (!target.write(used.subarray(0, count), () => free.push(used))) source.pause();
          return true;
        },
      },
    });
    target.on('drain', () => source.resume());
    await once(source, 'close');
    target.end();
  });
  return {};
}

async function serveOne(go: Go, serve: (socket: Socket) => Promise<void>): Promise<void> {
  const server: Server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  await go({ port: (server.address() as AddressInfo).port });
  const [socket] = (await accepted) as [Socket];
  socket.resume();
  await serve(socket);
  await once(socket, 'close');
  server.close();
}

async function receive(port: number): Promise<number> {
  let received = 0;
  const buffer = new Uint8Array(BLOCK_BYTES);
  const socket = connect({
    port,
    onread: {
      buffer,
      callback: (count) => {
        received += count;
        return true;
      },
    },
  });
  await once(socket, 'close');
  return received;
}
