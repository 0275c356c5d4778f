import type { WriteResult } from '@holdfast/contracts';
import { formatCount } from './count.ts';
import { formatSize } from './size.ts';

/** What one or several writes reached, for the line at the end of a transfer (§P1). */
export class WriteOutcome {
  files = 0;
  sizeBytes = 0;
  /** The fewest copies that one of the files has, of the copies wanted for it. */
  copies = 0;
  wanted = 0;
  readonly #missing = new Set<string>();

  add({ entry, holders, missing }: WriteResult): void {
    const wanted = Math.max(holders.length + missing.length, entry.copies.wanted);
    // An empty file has no bytes that a server could hold; the directory has it.
    const copies = entry.sizeBytes === 0 && holders.length === 0 ? wanted : holders.length;
    if (this.files === 0 || copies - wanted < this.copies - this.wanted) {
      this.copies = copies;
      this.wanted = wanted;
    }
    this.files++;
    this.sizeBytes += entry.sizeBytes;
    for (const name of missing) this.#missing.add(name);
  }

  get missing(): readonly string[] {
    return [...this.#missing].sort();
  }

  /**
   * `stored 1.2 GB on 3 servers`, or what is missing and will be repaired. More copies may have
   * been `asked` for than there are servers.
   */
  sentence(verb: string, asked = 0): string {
    if (asked <= this.wanted) return this.#reached(verb);
    const servers = formatCount(this.wanted, 'server');
    return `${this.#reached(verb)}; ${asked} copies were asked for, and there ${this.wanted === 1 ? 'is' : 'are'} ${servers}: the rest is made when others join`;
  }

  #reached(verb: string): string {
    // No server holds anything of these, so counting servers would claim more than there is.
    if (this.files > 0 && this.sizeBytes === 0) return `${verb} ${formatEmpty(this.files)}`;
    const what = this.files === 1 ? '' : `${this.files} files, `;
    const size = `${verb} ${what}${formatSize(this.sizeBytes)}`;
    if (this.copies >= this.wanted) return `${size} on ${formatCount(this.copies, 'server')}`;
    return `${size}: ${this.copies} of ${this.wanted} copies, ${this.#repair()}`;
  }

  #repair(): string {
    const { missing } = this;
    if (missing.length === 0) return 'the rest is made when there are more servers';
    const back = missing.length === 1 ? 'it returns' : 'they return';
    return `${missing.join(' and ')} will be repaired when ${back}`;
  }
}

function formatEmpty(files: number): string {
  return files === 1 ? 'an empty file' : formatCount(files, 'empty file');
}
