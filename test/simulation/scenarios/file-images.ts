import type { SimulatedMachine } from '../world/simulated-machine.ts';

export type FileImages = ReadonlyMap<string, Uint8Array>;

/** What the files below a folder contain now. */
export async function imagesOf({ disk }: SimulatedMachine, folder: string): Promise<FileImages> {
  const images = new Map<string, Uint8Array>();
  const mounted = disk.mount();
  for (const { path, bytes } of disk.files(folder)) {
    const image = new Uint8Array(bytes);
    await using file = await mounted.open(path, { mode: 'read' });
    await file.read(image, 0);
    images.set(path, image);
  }
  return images;
}

/** The first byte in a folder that is another one than before. */
export async function firstChange(
  machine: SimulatedMachine,
  folder: string,
  before: FileImages,
): Promise<{ readonly path: string; readonly offset: number }> {
  for (const [path, image] of await imagesOf(machine, folder)) {
    const old = before.get(path);
    const offset = image.findIndex((byte, i) => byte !== (old?.[i] ?? 0));
    if (offset >= 0) return { path, offset };
  }
  throw new Error(`Nothing has changed in ${folder} of ${machine.name}.`);
}
