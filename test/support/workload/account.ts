import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import type { Entry } from '@holdfast/contracts';
import type { HoldfastClient } from '@holdfast/sdk';

/** A change in one client's folder that the cluster acknowledged. */
export type Change =
  | {
      readonly kind: 'wrote';
      readonly name: string;
      readonly version: number;
      readonly sha256: string;
    }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  | { readonly kind: 'removed'; readonly name: string };

/** What one client's folder must be, by the changes that were acknowledged. */
export class Account {
  /** The digests of a file's versions, the first one first. */
  readonly #files = new Map<string, readonly string[]>();

  get names(): readonly string[] {
    return [...this.#files.keys()];
  }

  versionOf(name: string): number {
    return this.#files.get(name)?.length ?? 0;
  }

  digestOf(name: string, version: number): string {
    const digest = this.#files.get(name)?.[version - 1];
    assert(digest, `version ${version} of ${name} was acknowledged`);
    return digest;
  }

  /** Fails for a change that cannot follow those before. */
  apply(change: Change): void {
    switch (change.kind) {
      case 'wrote': {
        const before = this.#files.get(change.name) ?? [];
        assert.equal(change.version, before.length + 1, `version of ${change.name} as written`);
        this.#files.set(change.name, [...before, change.sha256]);
        return;
      }
      case 'renamed':
        this.#files.set(change.to, this.#files.get(change.from) ?? []);
        this.#files.delete(change.from);
        return;
      case 'removed':
        this.#files.delete(change.name);
    }
  }

  /** Compares everything in `folder` with what was acknowledged. */
  async check(client: HoldfastClient, folder: string): Promise<void> {
    const found = new Map<string, Entry>();
    for await (const entry of client.list(folder)) found.set(entry.name, entry);
    assert.deepEqual([...found.keys()].sort(), [...this.names].sort(), `the files in ${folder}`);
    for (const name of this.names) {
      const version = this.versionOf(name);
      const path = `${folder}/${name}`;
      assert.equal(found.get(name)?.version, version, `version of ${path}`);
      const sha256 = await digestOf(client, path);
      assert.equal(sha256, this.digestOf(name, version), `content of ${path}, version ${version}`);
    }
  }
}

/** SHA-256 of a file's content, the present one if no version is given. */
export async function digestOf(
  client: HoldfastClient,
  path: string,
  version?: number,
): Promise<string> {
  await using file = await client.openFile(path, version === undefined ? {} : { version });
  const digest = createHash('sha256');
  for await (const piece of file.read()) digest.update(piece);
  return digest.digest('hex');
}
