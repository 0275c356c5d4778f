import {
  type ModelEntry,
  type ModelFile,
  type ModelVersion,
  Namespace,
  isAtOrBelow,
  parentOf,
} from './namespace.ts';
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
      return read(state, operation);
    case 'stat':
      return stat(state, operation.path);
    case 'restore':
      return restore(state, operation);
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
    case 'removeFromTrash':
      return removeFromTrash(state, operation.id);
    case 'emptyTrash':
      return emptyTrash(state);
  }
}

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>;

function write(state: Namespace, { path, content, sizeBytes, ifVersion }: Of<'write'>): Effect {
  const parent = refusalOfParent(state, path);
  if (parent) return parent;
  if (state.get(path) === 'folder') return { refused: 'is-a-folder' };
  const found = state.file(path);
  const before = found?.version ?? 0;
  if (ifVersion !== undefined && ifVersion !== before) return { refused: 'version-conflict' };
  const version = before + 1;
  const written = succeeding(found, { version, content, sizeBytes });
  return { after: state.with([[path, written]]), answer: { version } };
}

function stat(state: Namespace, path: string): Effect {
  const parent = refusalOfParent(state, path);
  if (parent) return parent;
  const entry = state.get(path);
  if (entry === undefined) return { refused: 'not-found' };
  if (entry === 'folder') return { after: state, answer: { version: 0 } };
  return { after: state, answer: { version: entry.version, sizeBytes: entry.sizeBytes } };
}

function read(state: Namespace, { path, version }: Of<'read'>): Effect {
  const found = versionAt(state, path, version);
  if ('refused' in found) return found;
  const { content, sizeBytes } = found.at;
  return { after: state, answer: { version: found.at.version, content, sizeBytes } };
}

/** The older content becomes a new version; that which is current already stays as it is. */
function restore(state: Namespace, { path, version: wanted }: Of<'restore'>): Effect {
  const found = versionAt(state, path, wanted);
  if ('refused' in found) return found;
  const { file, at } = found;
  if (at === file) return { after: state, answer: { version: wanted, sizeBytes: at.sizeBytes } };
  const version = file.version + 1;
  const restored = succeeding(file, { ...at, version });
  return {
    after: state.with([[path, restored]]),
    answer: { version, sizeBytes: at.sizeBytes },
  };
}

function versionAt(
  state: Namespace,
  path: string,
  version: number | undefined,
): { readonly file: ModelFile; readonly at: ModelVersion } | { readonly refused: string } {
  const parent = refusalOfParent(state, path);
  if (parent) return parent;
  const file = state.get(path);
  if (file === undefined) return { refused: 'not-found' };
  if (file === 'folder') return { refused: 'is-a-folder' };
  if (version === undefined || version === file.version) return { file, at: file };
  const at = file.older.find((old) => old.version === version);
  return at ? { file, at } : { refused: 'not-found' };
}

function succeeding(before: ModelFile | undefined, next: ModelVersion): ModelFile {
  if (!before) return { ...next, older: [] };
  const { version, content, sizeBytes, older } = before;
  const current = { version: next.version, content: next.content, sizeBytes: next.sizeBytes };
  return { ...current, older: [{ version, content, sizeBytes }, ...older] };
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

function removeFromTrash(state: Namespace, id: string): Effect {
  if (!state.trash.has(id)) return { refused: 'not-found' };
  return { after: state.withTrash(id, undefined), answer: {} };
}

function emptyTrash(state: Namespace): Effect {
  const after = state.trash.size === 0 ? state : new Namespace(state.entries);
  return { after, answer: {} };
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
