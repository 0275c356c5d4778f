import type { WriteTransaction } from '@holdfast/contracts';
import { unreferChunk } from '../copies/unrefer-chunk.ts';
import { contents } from '../tables/contents.ts';
import { files } from '../tables/files.ts';
import { tasks } from '../tables/tasks.ts';
import { contentUses, versions } from '../tables/versions.ts';

/** Forgets an old version, and its content unless another version uses it too. */
export async function dropVersion(
  tx: WriteTransaction,
  { file, version }: { readonly file: string; readonly version: number },
): Promise<void> {
  const old = await tx.get(versions, file, version);
  if (!old) return;
  tx.delete(versions, file, version);
  const { body, content } = old;
  if (body.kind === 'empty') return;
  tx.delete(contentUses, file, content, version);
  const others = await tx.range(contentUses, { prefix: [file, content], limit: 1 });
  if (others.length > 0) return;
  if (body.kind === 'inline') return tx.delete(contents, file, content);
  if (body.kind === 'manifest') {
    tx.put(tasks, { after: '' }, 'content', file, content);
    return;
  }
  const wanted = (await tx.get(files, file))?.placement.stores ?? [];
  await unreferChunk(tx, { file, hash: body.hash, content, wanted });
}
