import type { Answer, Operation } from '../check/operation.ts';

/** An operation as transcripts show it. */
export function operationText(operation: Operation): string {
  const { kind } = operation;
  if (kind === 'rename') {
    const how = operation.replace ? ' (may replace)' : '';
    return `rename ${operation.from} to ${operation.to}${how}`;
  }
  if (kind === 'emptyTrash') return 'empty the trash';
  if (kind === 'undelete' || kind === 'removeFromTrash')
    return `${kind} ${operation.path} (${operation.id})`;
  if (kind === 'restore') return `restore ${operation.path} to version ${operation.version}`;
  if (kind === 'read') {
    const { path, version, range } = operation;
    const which = version === undefined ? '' : ` version ${version}`;
    return `read ${path}${which}${range ? ` from ${range.start} to ${range.end}` : ''}`;
  }
  if (kind !== 'write') return `${kind} ${operation.path}`;
  const { path, sizeBytes, content, ifVersion } = operation;
  const condition = ifVersion === undefined ? '' : ` if version ${ifVersion}`;
  return `write ${path} ${sizeBytes} bytes ${content.slice(0, 8)}${condition}`;
}

/** What a user was told, in short. */
export function answerText({ version, content, fits, entries, trashId }: Answer): string {
  const parts = [
    version === undefined ? '' : `version ${version}`,
    content?.slice(0, 8) ?? '',
    fits === undefined ? '' : `part of ${fits.map((name) => name.slice(0, 8)).join(' or ')}`,
    entries?.map(({ name, version: of }) => `${name}:${of}`).join(' ') ?? '',
    trashId ?? '',
  ];
  return parts.filter((part) => part !== '').join(' ') || 'done';
}
