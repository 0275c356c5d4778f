import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '@holdfast/host';
import { withLocalErrors } from '../local/local-error.ts';

/**
 * Replaces a file, all at once and for the user's eyes only; its folder is made if it is not
 * there.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await withLocalErrors('write', path, async () => {
    await makeFolders(dirname(path), 0o700);
    const temporary = `${path}.${process.pid}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  });
}
