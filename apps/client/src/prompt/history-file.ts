import { appendFile, chmod, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '@holdfast/host';
import { CLIENT_LIMITS } from '../limits.ts';
import { writePrivateFile } from '../profile/private-file.ts';

/** What was typed at the prompt, newest first, kept from one start to the next. */
export class HistoryFile {
  readonly #path: string;
  #lines: string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  get lines(): string[] {
    return [...this.#lines];
  }

  async load(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    this.#lines = lines.slice(-CLIENT_LIMITS.historyLines).toReversed();
    if (lines.length > 2 * CLIENT_LIMITS.historyLines) {
      await writePrivateFile(this.#path, `${this.#lines.toReversed().join('\n')}\n`).catch(
        () => {},
      );
    }
  }

  /** Remembers a line. Not being able to keep it is no reason to disturb anybody. */
  async add(line: string): Promise<void> {
    if (line.trim() === '' || line === this.#lines[0]) return;
    this.#lines = [line, ...this.#lines].slice(0, CLIENT_LIMITS.historyLines);
    try {
      await makeFolders(dirname(this.#path), 0o700);
      await appendFile(this.#path, `${line}\n`, { mode: 0o600 });
      await chmod(this.#path, 0o600);
    } catch {
      // A home without a place for it.
    }
  }
}
