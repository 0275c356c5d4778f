import {
  type Remote,
  type StoreContract,
  keyContract,
  storeContract,
  type KeyProofs,
} from '@holdfast/contracts';
import { type StorePeers, proveKey } from '@holdfast/replication';
import { type Link, connect } from '@holdfast/rmi';
import type { SimulatedProcess } from '../world/simulated-process.ts';

/** Connections of one server to the stores of others. */
export class SimulatedPeers implements StorePeers {
  readonly #name: string;
  readonly #process: SimulatedProcess;
  readonly #proofs: KeyProofs;
  readonly #links = new Map<string, Link>();

  constructor(name: string, process: SimulatedProcess, proofs: KeyProofs) {
    this.#name = name;
    this.#process = process;
    this.#proofs = proofs;
  }

  async reach({ address }: { address: string }): Promise<Remote<StoreContract>> {
    const link = this.#links.get(address) ?? this.#connect(address);
    this.#links.set(address, link);
    return link.proxy(storeContract);
  }

  #connect(address: string): Link {
    const { clock, random, transport } = this.#process;
    return connect({
      ...{ clock, random, transport },
      addresses: [address],
      name: this.#name,
      authenticate: (peer) => proveKey(peer.proxy(keyContract), this.#proofs, 'server', this.#name),
    });
  }
}
