import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { CLUSTER_LIMITS } from './limits.ts';

/** What a part answers when asked whether it can serve. */
export type Readiness =
  | { readonly state: 'ready' }
  /** It answers, and says why it cannot serve yet. */
  | { readonly state: 'waiting'; readonly reason: string }
  /** It answers, but its data folder belongs to the cluster no more. */
  | { readonly state: 'left'; readonly reason: string }
  /** Nothing answers at its address. */
  | { readonly state: 'silent' };

/** Asks the part that listens at a `ws://` address. Never rejects. */
export async function askReadiness(listen: string): Promise<Readiness> {
  try {
    const { status, body } = await ask(listen, '/readyz');
    return status === 200 ? { state: 'ready' } : readBody(body);
  } catch {
    return { state: 'silent' };
  }
}

/** How many servers a frontend counts as live; 0 if it does not answer. Never rejects. */
export async function askLiveServers(listen: string): Promise<number> {
  try {
    const { body } = await ask(listen, '/metrics');
    return Number(/^holdfast_servers_live (\d+)/m.exec(body)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Whether some program accepts connections at a `ws://` address of this machine. */
export async function isPortTaken(listen: string): Promise<boolean> {
  const { hostname, port } = reachable(listen);
  return await new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    const end = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.setTimeout(CLUSTER_LIMITS.healthMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/**
 * Asks for a page of a part; rejects if there is none, or too much of one: any program may listen there.
 * What `fetch` would load for that costs more than the whole command.
 */
async function ask(
  listen: string,
  path: string,
): Promise<{ status: number | undefined; body: string }> {
  const { hostname, port } = reachable(listen);
  const signal = AbortSignal.timeout(CLUSTER_LIMITS.healthMs);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`http://${hostname}:${port}${path}`, { signal }, resolve).on('error', reject);
  });
  let body = '';
  for await (const piece of answer.setEncoding('utf8')) {
    body += piece;
    if (body.length > CLUSTER_LIMITS.pageCharacters) throw new Error(`${path} is too long`);
  }
  return { status: answer.statusCode, body };
}

function readBody(body: string): Readiness {
  try {
    const { reason, left } = JSON.parse(body) as { reason?: unknown; left?: unknown };
    return {
      state: left === undefined ? 'waiting' : 'left',
      reason: typeof reason === 'string' ? reason : 'its neighbours do not answer yet',
    };
  } catch {
    return { state: 'waiting', reason: body.trim() };
  }
}

/** A part that listens at every address of the machine is asked at the nearest. */
function reachable(listen: string): { hostname: string; port: string } {
  const { hostname, port } = new URL(listen);
  if (hostname === '0.0.0.0') return { hostname: '127.0.0.1', port };
  return { hostname: hostname === '[::]' ? '[::1]' : hostname, port };
}
