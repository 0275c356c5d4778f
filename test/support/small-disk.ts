import { mkdir, mkdtemp, open, rm, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runCommand } from './run-command.ts';
import { until } from './until.ts';

/**
 * A real ext4 file system in a file, mounted on a folder, so that a disk can be as full as it gets.
 * Disposing unmounts and removes it; whatever runs on it must have ended.
 */
export class SmallDisk implements AsyncDisposable {
  readonly folder: string;
  readonly #image: string;

  /** Why no such disk can be had here; undefined if it can. */
  static async impossible(): Promise<string | undefined> {
    if (process.getuid?.() !== 0) return 'only root may mount a disk';
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-disk-'));
    try {
      await using _disk = await SmallDisk.mount(join(folder, 'disk'), 8 * 1024 * 1024);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  static async mount(folder: string, bytes: number): Promise<SmallDisk> {
    const image = `${folder}.image`;
    await mkdir(folder, { recursive: true });
    await (await open(image, 'w')).close();
    await truncate(image, bytes);
    // Without a journal of its own and without blocks kept for root, as little as possible is hidden.
    await run('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', '-m', '0', image]);
    await run('mount', ['-o', LOOP, image, folder]);
    return new SmallDisk(folder, image);
  }

  private constructor(folder: string, image: string) {
    this.folder = folder;
    this.#image = image;
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  /**
   * Has the file system meet an error, on which it takes no more writes, as a failing disk would make
   * it: Linux does not let anybody set a disk read-only by command while files on it are open.
   */
  async breakDown(): Promise<void> {
    const { stdout } = await runCommand('findmnt', ['-no', 'SOURCE', this.folder]);
    const trigger = `/sys/fs/ext4/${basename(stdout.trim())}/trigger_fs_error`;
    await writeFile(trigger, '1');
  }

  /** Checks and mounts the disk again, as its owner would; whatever ran on it must have ended. */
  async mend(): Promise<void> {
    // What was killed a moment ago may still hold files.
    await until('the disk to be let go', async () => {
      return (await runCommand('umount', [this.folder])).code === 0;
    });
    // It ends with 1 where it has mended something.
    await runCommand('e2fsck', ['-f', '-y', this.#image]);
    await run('mount', ['-o', LOOP, this.#image, this.folder]);
  }

  /** Fills the disk to its last block, as another program would; dispose the result to give it back. */
  async fill(name = 'filler'): Promise<AsyncDisposable> {
    const path = join(this.folder, name);
    const file = await open(path, 'w');
    try {
      const block = Buffer.alloc(4096, 0x66);
      for (let size = 64 * block.length; size >= block.length;) {
        const large = Buffer.alloc(size, block);
        try {
          const { bytesWritten } = await file.write(large);
          if (bytesWritten < size) size = Math.floor(size / 2);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size = Math.floor(size / 2);
        }
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', ['--lazy', this.folder]);
    await rm(this.#image, { force: true });
  }
}

/** On an error of the file system it becomes read-only, as it does on most machines. */
const LOOP = 'loop,errors=remount-ro';

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr.trim()}`);
}
