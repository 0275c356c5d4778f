import { type ModelEntry, type Namespace, isAtOrBelow, parentOf } from './namespace.ts';
import type { Answer, Operation, SeenEntry } from './operation.ts';

/** What an operation does to a namespace: its answer and the state after it, or why not. */
export type Effect =
  { readonly after: Namespace; readonly answer: Answer } | { readonly refused: string };

/** The name by which the model keeps what an operation deleted, until its real name is known. */
export type TrashName = string;

/** What must happen when `operation` meets `state`: the whole rule book of names (§P3, §P5). */
export function perform(state: Namespace, operation: Operation, trashName: TrashName): Effect {
  switch (operation.kind) {
    case 'write':
      return write(state, operation);
    case 'read':
    case 'stat':
      return look(state, operation);
    case 'list':
      return list(state, operation.path);
    case 'makeFolder':
      return makeFolder(state, operation.path);
    case 'remove':
      return remove(state, operation.path, trashName);
    case 'rename':
      return rename(state, operation);
    case 'undelete':
      return undelete(state, operation.id);
  }
}

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>;

function write(state: Namespace, { path, content, sizeBytes, ifVersion }: Of<'write'>): Effect {
  const parent = refusalOfParent(state, path);
  if (parent) return parent;
  if (state.get(path) === 'folder') return { refused: 'is-a-folder' };
  const found = state.file(path)?.version ?? 0;
  if (ifVersion !== undefined && ifVersion !== found) return { refused: 'version-conflict' };
  const version = found + 1;
  return { after: state.with([[path, { version, content, sizeBytes }]]), answer: { version } };
}

function look(state: Namespace, { kind, path }: Of<'read'> | Of<'stat'>): Effect {
  const parent = refusalOfParent(state, path);
  if (parent) return parent;
  const entry = state.get(path);
  if (entry === undefined) return { refused: 'not-found' };
  if (entry === 'folder') {
    return kind === 'read' ? { refused: 'is-a-folder' } : { after: state, answer: { version: 0 } };
  }
  const { version, content, sizeBytes } = entry;
  return {
    after: state,
    answer: kind === 'read' ? { version, content, sizeBytes } : { version, sizeBytes },
  };
}

function list(state: Namespace, path: string): Effect {
  const parent = refusalOfParent(state, path);
  if (parent) return parent;
  const entry = state.get(path);
  if (entry === undefined) return { refused: 'not-found' };
  if (entry !== 'folder') return { refused: 'not-a-folder' };
  const inside = [...state.entries].filter(([name]) => parentOf(name) === path);
  return { after: state, answer: { entries: inside.map(([name, found]) => seen(name, found)) } };
}

function makeFolder(state: Namespace, path: string): Effect {
  const parent = refusalOfParent(state, path);
  if (parent) return parent;
  if (state.get(path) !== undefined) return { refused: 'already-exists' };
  return { after: state.with([[path, 'folder']]), answer: {} };
}

function remove(state: Namespace, path: string, trashName: TrashName): Effect {
  const parent = refusalOfParent(state, path);
  if (parent) return parent;
  const tree = state.below(path);
  if (tree.size === 0) return { refused: 'not-found' };
  const after = state.with([], [...tree.keys()]).withTrash(trashName, { path, tree });
  return { after, answer: {} };
}

function rename(state: Namespace, { from, to, replace }: Of<'rename'>): Effect {
  const parent = refusalOfParent(state, from);
  if (parent) return parent;
  const source = state.get(from);
  if (source === undefined) return { refused: 'not-found' };
  const answer = { version: versionOf(source) };
  if (from === to) return { after: state, answer };
  if (source === 'folder' && isAtOrBelow(to, from)) return { refused: 'invalid-argument' };
  const target = refusalOfParent(state, to);
  if (target) return target;
  const existing = state.get(to);
  if (existing !== undefined && (existing === 'folder' || source === 'folder' || !replace)) {
    return { refused: 'already-exists' };
  }
  const tree = state.below(from);
  const moved = [...tree].map(([path, entry]) => [to + path.slice(from.length), entry] as const);
  return { after: state.with(moved, [...tree.keys()]), answer };
}

function undelete(state: Namespace, id: string): Effect {
  const item = state.trash.get(id);
  if (!item) return { refused: 'not-found' };
  const parent = refusalOfParent(state, item.path);
  if (parent) return parent;
  if (state.get(item.path) !== undefined) return { refused: 'already-exists' };
  const version = versionOf(item.tree.get(item.path) ?? 'folder');
  return { after: state.with(item.tree).withTrash(id, undefined), answer: { version } };
}

function refusalOfParent(state: Namespace, path: string): { refused: string } | undefined {
  const folders: string[] = [];
  for (let at = parentOf(path); at !== ''; at = parentOf(at)) folders.unshift(at);
  for (const folder of folders) {
    const entry = state.get(folder);
    if (entry === undefined) return { refused: 'not-found' };
    if (entry !== 'folder') return { refused: 'not-a-folder' };
  }
  return undefined;
}

function versionOf(entry: ModelEntry): number {
  return entry === 'folder' ? 0 : entry.version;
}

function seen(path: string, entry: ModelEntry): SeenEntry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return entry === 'folder'
    ? { name, version: 0, sizeBytes: 0 }
    : { name, version: entry.version, sizeBytes: entry.sizeBytes };
}
