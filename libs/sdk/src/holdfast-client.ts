import type {
  ClusterContract,
  Entry,
  FilesContract,
  Remote,
  SessionContract,
  UsersContract,
  WriteResult,
} from '@holdfast/contracts';
import type { ByteSource } from './byte-source.ts';
import type { PutOptions } from './put-file.ts';
import type { OpenOptions } from './open-version.ts';
import type { RemoteFile } from './remote-file.ts';
import type { WalkedEntry } from './walk.ts';

/** Who is logged in. */
export interface Account {
  readonly user: string;
  readonly admin: boolean;
}

/**
 * `ready`: the frontend at `address` knows the user. `waiting`: no frontend can be reached, and they are
 * tried in turn. `refused`: the login is not accepted any more; `reason` says why.
 */
export type ClientState =
  | { readonly kind: 'ready'; readonly address: string; readonly account: Account }
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * A user's way into one cluster. Calls outlive a frontend that goes away and comes back: they wait,
 * at most `SDK_LIMITS.reconnectMs`, and `onState` tells so. Errors are `HoldfastError`s. It keeps its
 * process alive until it is disposed.
 */
export interface HoldfastClient extends AsyncDisposable {
  readonly files: Remote<FilesContract>;
  readonly users: Remote<UsersContract>;
  readonly cluster: Remote<ClusterContract>;
  readonly session: Remote<SessionContract>;
  readonly account: Account;
  readonly state: ClientState;
  /** Hears of every change of `state` until disposed. */
  onState(listener: (state: ClientState) => void): Disposable;

  /** Writes a new version of `options.path`; see `putFile`. */
  putFile(source: ByteSource, options: PutOptions): Promise<WriteResult>;
  /** Opens one version for reading; dispose it. */
  openFile(path: string, options?: OpenOptions): Promise<RemoteFile>;
  /** Copies the present version of a file to `options.path`, through this client. */
  copyFile(from: string, options: PutOptions): Promise<WriteResult>;
  /** The entries of a folder, by name. */
  list(path: string, signal?: AbortSignal): AsyncIterable<Entry>;
  /** Everything below a folder, each folder before what is in it. */
  walk(path: string, signal?: AbortSignal): AsyncIterable<WalkedEntry>;
}
