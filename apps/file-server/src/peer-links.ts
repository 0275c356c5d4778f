import {
  HoldfastError,
  type Remote,
  type StoreContract,
  keyContract,
  storeContract,
  type KeyProofs,
} from '@holdfast/contracts';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { type StorePeers, proveKey } from '@holdfast/replication';
import { type Link, connect } from '@holdfast/rmi';
import { FILE_SERVER_LIMITS } from './limits.ts';

/** A server as the frontend names it. */
interface Peer {
  readonly name: string;
  readonly address: string;
}

/** Connections to the stores of other servers, made when needed and kept for the next time. */
export class PeerLinks implements StorePeers, AsyncDisposable {
  readonly #name: string;
  readonly #proofs: KeyProofs;
  readonly #links = new Map<string, Link>();

  constructor(name: string, proofs: KeyProofs) {
    this.#name = name;
    this.#proofs = proofs;
  }

  async reach({ name, address }: Peer): Promise<Remote<StoreContract>> {
    const key = `${name} ${address}`;
    const link = this.#links.get(key) ?? this.#connect({ name, address });
    this.#links.delete(key);
    // A link that was refused stays so: what was wrong may be mended by the next time.
    if (link.state.phase !== 'closed') this.#links.set(key, link);
    await this.#forgetOldest();
    return link.proxy(storeContract);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  #connect({ name, address }: Peer): Link {
    return connect({
      addresses: [address],
      clock: nodeClock,
      random: nodeRandom,
      name: this.#name,
      authenticate: async ({ daemon, proxy }) => {
        if (daemon !== name) throw anotherServer({ name, address }, daemon);
        await proveKey(proxy(keyContract), this.#proofs, 'server', this.#name);
      },
    });
  }

  async #forgetOldest(): Promise<void> {
    const [oldest] = this.#links;
    if (!oldest || this.#links.size <= FILE_SERVER_LIMITS.peerLinks) return;
    this.#links.delete(oldest[0]);
    await oldest[1].close();
  }
}

function anotherServer({ name, address }: Peer, found: string): HoldfastError {
  return new HoldfastError(
    'foreign-store',
    `At ${address} answers ${found} and not ${name}. Set the address of ${name} in its server.json to one at which other servers reach it.`,
    { details: { server: name } },
  );
}
