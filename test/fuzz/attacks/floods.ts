import { setTimeout as pause } from 'node:timers/promises';
import type { Attack } from './attack.ts';
import { RawConnection } from './raw-connection.ts';

const CALLS = 3_000;
const STREAMS = 500;
const CONNECTIONS = 400;
const HOLD_MS = 1_000;

/** Calls without waiting for answers, by somebody who reads them or does not. */
export const floodOfCalls: Attack = {
  name: 'flood of calls',
  round: async (target, random, tally) => {
    await using connection = await RawConnection.open(target, tally);
    if (!connection) return;
    if (random.below(2) === 0) connection.socket.pause();
    const method = random.pick(['files.list', 'files.stat', 'cluster.status', 'session.whoami']);
    for (let id = 0; id < CALLS && connection.isOpen; id++) {
      connection.send({ id, method, params: { path: '/shared' } });
    }
    await connection.answers(CALLS);
  },
};

/** Logins with wrong passwords: each costs the frontend a slow hash, if it lets itself in for it. */
export const floodOfLogins: Attack = {
  name: 'flood of logins',
  round: async (target, random, tally) => {
    await using connection = await RawConnection.open({ ...target, token: undefined }, tally);
    if (!connection) return;
    const logins = 200;
    for (let id = 0; id < logins; id++) {
      // Not the administrator's name: who guesses at it delays the administrator, as is intended.
      const user = `nobody-${random.below(50)}`;
      connection.send({ id, method: 'session.login', params: { user, password: 'guess' } });
    }
    await connection.answers(logins);
  },
};

/** Streams that are announced and never come. */
export const floodOfStreams: Attack = {
  name: 'flood of streams',
  round: async (target, random, tally) => {
    await using connection = await RawConnection.open(target, tally);
    if (!connection) return;
    for (let id = 1; id <= STREAMS && connection.isOpen; id++) {
      const content = { $bytes: id, length: 262_144 };
      const params = { path: `/shared/fuzz-${id}`, hash: 'f'.repeat(64), content };
      connection.send({ id, method: 'files.write', params });
    }
    await connection.answers(STREAMS);
    await pause(random.below(HOLD_MS));
  },
};

/** Connections that are opened, say nothing or little, and stay. */
export const floodOfConnections: Attack = {
  name: 'flood of connections',
  round: async (target, random, tally) => {
    const opening = Array.from({ length: CONNECTIONS }, () =>
      RawConnection.open({ ...target, token: undefined }, tally),
    );
    const connections = await Promise.all(opening);
    const speaks = random.below(2) === 0;
    if (speaks) for (const each of connections) each?.send({ id: 1, method: 'session.whoami' });
    await pause(HOLD_MS);
    for (const each of connections) await each?.[Symbol.asyncDispose]();
  },
};
