import { type Disk, DiskError, type DiskFile, type OpenOptions } from '@holdfast/kernel';

/** All files of a disk, by path. */
export type DiskImage = ReadonlyMap<string, Uint8Array>;

/**
 * A disk in memory that begins as a copy of an image and never fails: opened in microseconds, so that
 * a test can try every byte of the image. Files are copied when they are first written.
 */
export class ImageDisk implements Disk {
  readonly #files: Map<string, Uint8Array>;
  readonly #own = new Set<string>();

  constructor(image: DiskImage = new Map()) {
    this.#files = new Map(image);
  }

  /** What the disk holds now. */
  image(): DiskImage {
    return new Map([...this.#files].map(([path, bytes]) => [path, bytes.slice()]));
  }

  async open(path: string, { mode }: OpenOptions): Promise<DiskFile> {
    if (!this.#files.has(path)) {
      if (mode !== 'create') throw notFound(path);
      this.#files.set(path, new Uint8Array(0));
    }
    return this.#file(path);
  }

  async list(folder: string): ReturnType<Disk['list']> {
    const inside = [...this.#files.keys()].filter((path) => path.startsWith(`${folder}/`));
    const names = new Map<string, 'file' | 'folder'>();
    for (const path of inside) {
      const [name = '', ...below] = path.slice(folder.length + 1).split('/');
      names.set(name, below.length > 0 ? 'folder' : 'file');
    }
    return [...names]
      .map(([name, kind]) => ({ name, kind }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async rename(from: string, to: string): Promise<void> {
    this.#files.set(to, this.#bytes(from));
    if (this.#own.delete(from)) this.#own.add(to);
    else this.#own.delete(to);
    this.#files.delete(from);
  }

  async unlink(path: string): Promise<void> {
    if (!this.#files.delete(path)) throw notFound(path);
    this.#own.delete(path);
  }

  async makeFolder(): Promise<void> {}

  async syncFolder(): Promise<void> {}

  async lock(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => {} };
  }

  async space(): ReturnType<Disk['space']> {
    return { freeBytes: 1e12, totalBytes: 1e12 };
  }

  allocate(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }

  #file(path: string): DiskFile {
    const close = async (): Promise<void> => {};
    return {
      direct: false,
      size: async () => this.#bytes(path).length,
      read: async (target, offset) => {
        const found = this.#bytes(path).subarray(offset, offset + target.length);
        target.set(found);
        return found.length;
      },
      write: async (source, offset) => {
        const end = Math.max(this.#bytes(path).length, offset + source.length);
        this.#resized(path, end).set(source, offset);
      },
      preallocate: async (bytes) => {
        if (bytes > this.#bytes(path).length) this.#resized(path, bytes);
      },
      truncate: async (bytes) => void this.#resized(path, bytes),
      sync: async () => {},
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  #bytes(path: string): Uint8Array {
    const bytes = this.#files.get(path);
    if (bytes === undefined) throw notFound(path);
    return bytes;
  }

  /** The file's bytes, its own and of this length. */
  #resized(path: string, length: number): Uint8Array {
    const known = this.#bytes(path);
    if (known.length === length && this.#own.has(path)) return known;
    const bytes = new Uint8Array(length);
    bytes.set(known.subarray(0, length));
    this.#files.set(path, bytes);
    this.#own.add(path);
    return bytes;
  }
}

export interface DamagedImage {
  /** For messages: which byte of which file. */
  readonly what: string;
  readonly image: DiskImage;
}

/** Zeros on both sides of a byte that make it padding. */
const PADDING_REACH = 32;

/**
 * The image with one bit of one byte turned over, for every byte of every file; then with one file
 * cut, for every length. In the middle of long runs of zeros only one in `paddingStep` is taken.
 */
export function* damagedImages(image: DiskImage, paddingStep = 1): Generator<DamagedImage> {
  for (const [path, bytes] of image) {
    const changed = (now: Uint8Array): DiskImage => new Map([...image, [path, now]]);
    for (const at of placesIn(bytes, paddingStep)) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      yield { what: `byte ${at} of ${path} flipped`, image: changed(flipped) };
      const cut = bytes.slice(0, at);
      yield { what: `${path} cut to ${at} of ${bytes.length} bytes`, image: changed(cut) };
    }
  }
}

function* placesIn(bytes: Uint8Array, paddingStep: number): Generator<number> {
  for (let at = 0; at < bytes.length; at++) {
    const around = bytes.subarray(Math.max(0, at - PADDING_REACH), at + PADDING_REACH);
    if (at % paddingStep === 0 || around.some((byte) => byte !== 0)) yield at;
  }
}

function notFound(path: string): DiskError {
  return new DiskError('not-found', path, `There is no file ${path}.`);
}
