import {
  clusterContract,
  filesContract,
  sessionContract,
  usersContract,
  type ChunkLink,
  type Contract,
  type Hasher,
  type Remote,
} from '@holdfast/contracts';
import type { Clock, SpareBuffers } from '@holdfast/kernel';
import { chunkBuffers, ReadBuffers } from './chunk-buffers.ts';
import type { Connection } from './connection.ts';
import { copyFile } from './copy-file.ts';
import { DirectChunkPath } from './direct-chunk-path.ts';
import { DirectOpenings } from './direct-openings.ts';
import { DirectPuts } from './direct-puts.ts';
import { DirectServers, type ServerPlace } from './direct-servers.ts';
import type { Account, ClientState, HoldfastClient } from './holdfast-client.ts';
import { mayReadDirectly } from './may-read-directly.ts';
import { patientRemote } from './patient-remote.ts';
import { Patience } from './patience.ts';
import { putFile } from './put-file.ts';
import { relayChunkPath } from './relay-chunk-path.ts';
import { RemoteFile } from './remote-file.ts';
import { TicketBook } from './ticket-book.ts';
import type { TransferParts } from './transfer-parts.ts';
import { listFolder, walkFolder } from './walk.ts';

export interface ClientParts {
  /** Makes the object with a contract's methods, whose calls fail as soon as the link does. */
  proxy<C extends Contract>(contract: C): Remote<C>;
  readonly connection: Connection & Pick<HoldfastClient, 'onState' | 'state'>;
  account(): Account;
  close(): Promise<void>;
  readonly clock: Clock;
  readonly hasher: Pick<Hasher, 'hash'>;
  /** Makes connections to file servers; without it all chunks go through the frontend. */
  readonly dialServer?: (place: ServerPlace, buffers: SpareBuffers) => ChunkLink;
}

/** Puts a client together from a link and what it stands on. */
export function clientOfParts(clientParts: ClientParts): HoldfastClient {
  const { connection, hasher, clock, dialServer, ...link } = clientParts;
  const mayReach = (address: string): boolean => {
    const { state } = connection;
    return state.kind === 'ready' && mayReadDirectly(state.address, address);
  };
  const isInClear = (): boolean =>
    connection.state.kind === 'ready' && mayReach(connection.state.address);
  const patience = new Patience(connection, clock);
  const patient = <C extends Contract>(contract: C): Remote<C> =>
    patientRemote(contract, link.proxy(contract), patience);
  const files = patient(filesContract);
  const relay = relayChunkPath(files);
  const chunks = chunkBuffers();
  const servers =
    dialServer &&
    new DirectServers({ clock, mayReach, dial: (place) => dialServer(place, chunks) });
  const direct =
    servers &&
    new DirectChunkPath({
      ...{ relay, servers },
      tickets: new TicketBook(files, clock),
      puts: new DirectPuts({ files, servers, clock }),
    });
  const parts: TransferParts = {
    files,
    path: direct ?? relay,
    openings: direct && new DirectOpenings({ path: direct, clock, hasher, mayReach: isInClear }),
    hasher,
    connection,
    buffers: new ReadBuffers(chunks),
  };
  return {
    files,
    users: patient(usersContract),
    cluster: patient(clusterContract),
    session: patient(sessionContract),
    get account(): Account {
      return link.account();
    },
    get state(): ClientState {
      return connection.state;
    },
    onState: (listener) => connection.onState(listener),
    putFile: (source, options) => putFile(parts, source, options),
    openFile: (name, options) => RemoteFile.open(parts, name, options),
    copyFile: (from, options) => copyFile(parts, from, options),
    list: (name, signal) => listFolder(files, name, signal),
    walk: (name, signal) => walkFolder(files, name, signal),
    [Symbol.asyncDispose]: async () => {
      servers?.close();
      await link.close();
    },
  };
}
