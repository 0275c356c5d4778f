export interface ModelVersion {
  readonly version: number;
  readonly content: string;
  readonly sizeBytes: number;
}

/** A file by its current version, with those before it. */
export interface ModelFile extends ModelVersion {
  readonly older: readonly ModelVersion[];
}

export type ModelEntry = ModelFile | 'folder';

/** What was deleted: where it was, and the entries at and below it. */
export interface ModelTrash {
  readonly path: string;
  readonly tree: ReadonlyMap<string, ModelEntry>;
}

/** A directory as it should be: nothing but names, versions and contents. Never changed in place. */
export class Namespace {
  readonly entries: ReadonlyMap<string, ModelEntry>;
  readonly trash: ReadonlyMap<string, ModelTrash>;
  #key: string | undefined;

  constructor(
    entries: ReadonlyMap<string, ModelEntry>,
    trash: ReadonlyMap<string, ModelTrash> = new Map(),
  ) {
    this.entries = entries;
    this.trash = trash;
  }

  /** Equal for equal states. */
  get key(): string {
    this.#key ??= [
      ...treeText(this.entries),
      ...[...this.trash].map(([id, { tree }]) => `${id}(${treeText(tree).join()})`).sort(),
    ].join();
    return this.#key;
  }

  get(path: string): ModelEntry | undefined {
    return this.entries.get(path);
  }

  file(path: string): ModelFile | undefined {
    const entry = this.get(path);
    return entry === 'folder' ? undefined : entry;
  }

  /** What stands at and below a path. */
  below(path: string): ReadonlyMap<string, ModelEntry> {
    return new Map([...this.entries].filter(([name]) => isAtOrBelow(name, path)));
  }

  with(
    changes: Iterable<readonly [string, ModelEntry]>,
    without: readonly string[] = [],
  ): Namespace {
    const entries = new Map(this.entries);
    for (const path of without) entries.delete(path);
    for (const [path, entry] of changes) entries.set(path, entry);
    return new Namespace(entries, this.trash);
  }

  withTrash(id: string, item: ModelTrash | undefined): Namespace {
    const trash = new Map(this.trash);
    if (item) trash.set(id, item);
    else trash.delete(id);
    return new Namespace(this.entries, trash);
  }
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function treeText(tree: ReadonlyMap<string, ModelEntry>): string[] {
  return [...tree].map(entryText).sort();
}

function entryText([path, entry]: readonly [string, ModelEntry]): string {
  if (entry === 'folder') return `${path}/`;
  return `${path}=${[entry, ...entry.older].map(({ version, content }) => `${version}:${content}`).join('<')}`;
}
