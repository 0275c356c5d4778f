import type { Answer, Operation, Outcome, Performed } from './operation.ts';

/** Hashes and ids, of which the first digits do for a reader. */
const LONG_HASH = /([0-9a-f]{8})[0-9a-f]{8,}/g;

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

/** An operation with what its user was told. */
export function performedText({ id, operation, outcome }: Performed): string {
  return `${id} ${operationText(operation)} ${outcomeText(outcome)}`;
}

function outcomeText(outcome: Outcome): string {
  if (outcome.kind === 'done') return `= ${answerText(outcome.answer)}`;
  return outcome.kind === 'unknown' ? '(no answer)' : `! ${outcome.code}`;
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

export function withShortHashes(text: string): string {
  return text.replaceAll(LONG_HASH, '$1');
}
