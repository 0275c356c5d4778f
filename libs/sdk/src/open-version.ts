import { DATA_LIMITS, type Entry } from '@holdfast/contracts';
import type { ByteParts } from '@holdfast/kernel';
import { isChunk } from './chunk-hash.ts';
import type { TransferParts } from './transfer-parts.ts';

export interface OpenOptions {
  /** An older version; the current one by default. */
  readonly version?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an opening brought: either the content, verified, or a handle to read it by. */
export interface OpenedVersion {
  readonly entry: Entry;
  readonly content?: ByteParts | undefined;
  readonly handle?: string | undefined;
  /** Servers that did not give the content, or not the right bytes: the frontend had better see why. */
  readonly suspects?: readonly string[];
}

/**
 * Opens a version for reading. A small file comes along, or straight from a server; whatever is wrong
 * with it then, opening it once more, in a way that leaves more to the frontend, tells the truth.
 */
export async function openVersion(
  parts: TransferParts,
  path: string,
  { version, signal }: OpenOptions,
): Promise<OpenedVersion> {
  const { files, hasher, openings } = parts;
  const options = signal ? { signal } : {};
  const ask = (how: { inlineBytes: number; direct?: boolean }): ReturnType<typeof files.openRead> =>
    files.openRead({ path, version, ...how }, options);

  const inlineBytes = DATA_LIMITS.inlineFileBytes;
  let opened = await ask({ inlineBytes, ...(openings?.areWorthIt && { direct: true }) });
  if (opened.direct && openings) {
    const { entry, direct } = opened;
    const { content, suspects } = await openings.read(entry, direct, options);
    if (content) return { entry, content };
    if (suspects.length > 0) return { ...(await ask({ inlineBytes: 0 })), suspects };
    opened = await ask({ inlineBytes });
  }
  const { entry, content, hash } = opened;
  if (!content || entry.sizeBytes === 0) return opened;
  // A wrong copy came along; the ordinary way to read can name the server and leave it out.
  const isRight = isChunk(hasher, content, { length: entry.sizeBytes, hash });
  return isRight ? opened : await ask({ inlineBytes: 0 });
}
