import type { CallerSession, Contract, Remote } from '@holdfast/contracts';
import type { HoldfastError } from '@holdfast/contracts';
import type { Clock, Random } from '@holdfast/kernel';
import type { Transport } from './connection.ts';
import type { Exposure } from './dispatcher.ts';
import type { RmiLimits } from './limits.ts';
import type { RmiLog } from './log.ts';

/** What a link does now. */
export interface LinkState {
  readonly phase: 'connecting' | 'connected' | 'closed';
  /** The address that it is connected to, or tried last. */
  readonly address: string;
  /** What the daemon calls itself; empty before the first connection. */
  readonly daemon: string;
  /** Why it is not connected, as words without a full stop; empty if it is. */
  readonly reason: string;
  /** What closed it for good, if it was an error. */
  readonly error: HoldfastError | undefined;
}

/** The daemon as `authenticate` sees it: calls go out at once, before all that wait. */
export interface ConnectingPeer {
  /** Where the principal is set, if the daemon is to call back what is exposed to it. */
  readonly session: CallerSession;
  /** What the daemon calls itself. */
  readonly daemon: string;
  readonly features: readonly string[];
  /** The daemon still knew the session, and who is at this end. */
  readonly resumed: boolean;
  proxy<C extends Contract>(contract: C): Remote<C>;
}

export interface ConnectOptions {
  /** Tried in turn. URLs for the WebSocket transport. */
  readonly addresses: readonly string[];
  /** WebSocket unless given. */
  readonly transport?: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** What this side calls itself. */
  readonly name: string;
  /** `PROTOCOL_NUMBER` unless given. */
  readonly protocol?: number;
  readonly features?: readonly string[];
  /** What the daemon may call on this side. */
  readonly expose?: readonly Exposure[];
  /**
   * Runs after every connect, before calls that wait go out. If it throws what is not retryable the
   * link closes with that error; otherwise it tries again.
   */
  readonly authenticate?: (peer: ConnectingPeer) => Promise<void>;
  /** Which errors of connecting end the link; those that are not retryable, unless given. */
  readonly givesUpOn?: (error: HoldfastError) => boolean;
  readonly onState?: (state: LinkState) => void;
  /** When the connection for large transfers is opened: at once, or with its first call. */
  readonly bulk?: 'eager' | 'lazy';
  readonly limits?: Partial<RmiLimits>;
  readonly log?: RmiLog;
}

/**
 * A connection to one of several daemons that comes back by itself. Calls made while it is away wait
 * until their deadline, and calls under way at a break are sent again, unless streams belong to them.
 * It keeps its process alive until it is closed, connected or not.
 */
export interface Link extends AsyncDisposable {
  readonly state: LinkState;
  /** This side of the session; its principal is the daemon's, if `authenticate` has set it. */
  readonly session: CallerSession;
  proxy<C extends Contract>(contract: C): Remote<C>;
  /** Resolves when connected and authenticated; rejects when closed, or with the signal's reason. */
  ready(signal?: AbortSignal): Promise<void>;
  /** Hears every new state. Returns what ends that. */
  onState(listener: (state: LinkState) => void): () => void;
  close(): Promise<void>;
}
