import type { ErrorCode } from '@holdfast/contracts';

/** What a model file holds in one version: the texts of its chunks. */
export interface ModelVersion {
  readonly version: number;
  readonly texts: readonly string[];
  supersededMs?: number;
}

export interface ModelNode {
  readonly kind: 'file' | 'folder';
  readonly children: Map<string, ModelNode>;
  /** Of a file, oldest first; the last is the current one. */
  versions: ModelVersion[];
}

export interface ModelTrash {
  readonly id: string;
  readonly path: string;
  readonly node: ModelNode;
  readonly deletedMs: number;
}

/** The refusal that the directory must answer with. */
export class Refused extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

interface Found {
  readonly folder: ModelNode;
  readonly name: string;
  readonly node: ModelNode | undefined;
}

/** Names, versions and trash of one user, as simply as they can be written down. */
export class ModelTree {
  readonly root: ModelNode = newNode('folder');
  trash: ModelTrash[] = [];

  find(path: string): Found {
    const names = path.split('/').slice(1);
    let folder = this.root;
    for (const name of names.slice(0, -1)) {
      const next = folder.children.get(name);
      if (!next) throw new Refused('not-found');
      if (next.kind !== 'folder') throw new Refused('not-a-folder');
      folder = next;
    }
    const name = names.at(-1) ?? '';
    return { folder, name, node: folder.children.get(name) };
  }

  existing(path: string): Found & { readonly node: ModelNode } {
    const found = this.find(path);
    if (!found.node) throw new Refused('not-found');
    return { ...found, node: found.node };
  }

  file(path: string): ModelNode {
    const { node } = this.existing(path);
    if (node.kind === 'folder') throw new Refused('is-a-folder');
    return node;
  }

  makeFolder(path: string): void {
    const { folder, name, node } = this.find(path);
    if (node) throw new Refused('already-exists');
    folder.children.set(name, newNode('folder'));
  }

  forWrite(path: string, ifVersion?: number): Found {
    const found = this.find(path);
    if (found.node?.kind === 'folder') throw new Refused('is-a-folder');
    const current = found.node?.versions.at(-1)?.version ?? 0;
    if (ifVersion !== undefined && ifVersion !== current) throw new Refused('version-conflict');
    return found;
  }

  /** Adds a version to `node`, which is at the target already or new there. */
  install({ folder, name, node: there }: Found, node: ModelNode, texts: readonly string[]): void {
    const version = (there?.versions.at(-1)?.version ?? 0) + 1;
    node.versions.push({ version, texts });
    folder.children.set(name, node);
  }

  rename(from: string, to: string, replace: boolean): ModelNode | undefined {
    const source = this.existing(from);
    if (from === to) return undefined;
    if (source.node.kind === 'folder' && `${to}/`.startsWith(`${from}/`)) {
      throw new Refused('invalid-argument');
    }
    const target = this.find(to);
    const blocked = target.node?.kind === 'folder' || source.node.kind === 'folder' || !replace;
    if (target.node && blocked) throw new Refused('already-exists');
    source.folder.children.delete(source.name);
    target.folder.children.set(target.name, source.node);
    return target.node;
  }

  remove(path: string, recursive: boolean): ModelNode {
    const { folder, name, node } = this.existing(path);
    if (node.children.size > 0 && !recursive) throw new Refused('not-empty');
    folder.children.delete(name);
    return node;
  }

  undelete(entry: ModelTrash): void {
    const { folder, name, node } = this.find(entry.path);
    if (node) throw new Refused('already-exists');
    folder.children.set(name, entry.node);
    this.trash = this.trash.filter((other) => other !== entry);
  }

  /** All paths with what is there, sorted. */
  lines(): string[] {
    return linesBelow(this.root, '').sort();
  }
}

export function newNode(kind: ModelNode['kind']): ModelNode {
  return { kind, children: new Map(), versions: [] };
}

/** All nodes of a subtree, its top included. */
export function nodesOf(node: ModelNode): ModelNode[] {
  return [node, ...[...node.children.values()].flatMap(nodesOf)];
}

function linesBelow(folder: ModelNode, path: string): string[] {
  return [...folder.children].flatMap(([name, node]) => {
    const versions = node.versions.map(({ version, texts }) => `${version}=${texts.join('+')}`);
    return [
      `${path}/${name} ${node.kind} ${versions.join(' ')}`.trim(),
      ...linesBelow(node, `${path}/${name}`),
    ];
  });
}
