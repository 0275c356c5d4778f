import type { SeededRandom } from './random.ts';
import { type PageCount, SimulatedInode } from './simulated-inode.ts';

export type SimulatedNode = SimulatedInode | SimulatedFolder;

/** A folder: names as they are seen, and what each may be after a power cut. */
export class SimulatedFolder {
  readonly #visible = new Map<string, SimulatedNode>();
  readonly #durable = new Map<string, SimulatedNode>();
  /** What each name has meant since the folder was last synced; undefined: nothing. */
  readonly #unsynced = new Map<string, (SimulatedNode | undefined)[]>();

  get(name: string): SimulatedNode | undefined {
    return this.#visible.get(name);
  }

  set(name: string, node: SimulatedNode | undefined): void {
    if (node === undefined) this.#visible.delete(name);
    else this.#visible.set(name, node);
    const history = this.#unsynced.get(name) ?? [];
    history.push(node);
    this.#unsynced.set(name, history);
  }

  entries(): [string, SimulatedNode][] {
    return [...this.#visible].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Call when a sync begins; the result makes durable what the names meant then. */
  beginSync(): () => void {
    const counts = [...this.#unsynced].map(([name, history]) => [name, history.length] as const);
    return () => {
      for (const [name, count] of counts) {
        const history = this.#unsynced.get(name) ?? [];
        if (history.length === 0) continue;
        this.#settle(name, history.splice(0, count).at(-1));
        if (history.length === 0) this.#unsynced.delete(name);
      }
    };
  }

  /** Each name that was not synced survives or not by itself; then what is in them. */
  crash(random: SeededRandom): void {
    for (const [name, history] of this.#unsynced) {
      this.#settle(name, random.pick([this.#durable.get(name), ...history]));
    }
    this.#unsynced.clear();
    this.#visible.clear();
    for (const [name, node] of this.#durable) this.#visible.set(name, node);
  }

  /** Another folder with what a power cut would leave for certain of this one. */
  durableCopy(count: PageCount): SimulatedFolder {
    const copy = new SimulatedFolder();
    for (const [name, node] of this.#durable) {
      const kept = node.durableCopy(count);
      copy.#durable.set(name, kept);
      copy.#visible.set(name, kept);
    }
    return copy;
  }

  /** Paths of the files below, sorted. */
  paths(): string[] {
    return this.entries().flatMap(([name, node]) =>
      node instanceof SimulatedInode ? [name] : node.paths().map((path) => `${name}/${path}`),
    );
  }

  /** Every file below, each once. */
  files(): Set<SimulatedInode> {
    const files = new Set<SimulatedInode>();
    for (const node of this.#visible.values()) {
      if (node instanceof SimulatedInode) files.add(node);
      else for (const file of node.files()) files.add(file);
    }
    return files;
  }

  folders(): SimulatedFolder[] {
    const below = [...this.#visible.values()].filter((node) => node instanceof SimulatedFolder);
    return [this, ...below.flatMap((folder) => folder.folders())];
  }

  #settle(name: string, node: SimulatedNode | undefined): void {
    if (node === undefined) this.#durable.delete(name);
    else this.#durable.set(name, node);
  }
}
