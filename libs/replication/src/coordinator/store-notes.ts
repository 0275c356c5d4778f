import type { Directory } from '@holdfast/directory';
import type { Members } from './members.ts';

/**
 * Notes in the directory how far each store is, so that a store that later registers behind that is
 * known to have forgotten something. What a commit counts on is noted in the commit itself; this notes
 * what came of deletions, and of writes that were not committed.
 */
export class StoreNotes {
  readonly #directory: Directory;
  readonly #members: Members;

  constructor(directory: Directory, members: Members) {
    this.#directory = directory;
    this.#members = members;
  }

  /** Remembers of stores that have not connected yet what the directory knows of them. */
  async recall(): Promise<void> {
    for (const record of await this.#directory.stores()) {
      const { store, name, generation, position, retiring, leaving = false } = record;
      const member = this.#members.enrol({ store, name });
      member.retiring = retiring;
      member.leaving = leaving;
      // A store that is here has said itself how far it is: a lost disk begins anew.
      if (member.connection) continue;
      member.position = Math.max(member.position, position);
      member.generation = generation;
    }
  }

  async note(): Promise<void> {
    for (const { store, generation, position } of await this.#directory.stores()) {
      const member = this.#members.find(store);
      if (!member?.live || member.generation !== generation || member.position <= position)
        continue;
      const reached = member.position;
      await this.#directory.changeStore(store, (known) =>
        known.generation === generation && reached > known.position
          ? { ...known, position: reached }
          : undefined,
      );
    }
  }
}
