import {
  clusterContract,
  filesContract,
  sessionContract,
  usersContract,
  type Contract,
  type Hasher,
  type Remote,
} from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import { BufferPool } from './buffer-pool.ts';
import type { Connection } from './connection.ts';
import { copyFile } from './copy-file.ts';
import type { Account, ClientState, HoldfastClient } from './holdfast-client.ts';
import { patientRemote } from './patient-remote.ts';
import { Patience } from './patience.ts';
import { putFile } from './put-file.ts';
import { relayChunkPath } from './relay-chunk-path.ts';
import { RemoteFile } from './remote-file.ts';
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
}

/** Puts a client together from a link and what it stands on. */
export function clientOfParts({ connection, hasher, clock, ...link }: ClientParts): HoldfastClient {
  const patience = new Patience(connection, clock);
  const patient = <C extends Contract>(contract: C): Remote<C> =>
    patientRemote(contract, link.proxy(contract), patience);
  const files = patient(filesContract);
  const path = relayChunkPath(files);
  const buffers = new BufferPool();
  const parts: TransferParts = { files, path, hasher, connection, buffers };
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
    [Symbol.asyncDispose]: () => link.close(),
  };
}
