import type { BenchContext, Row } from '../bench-context.ts';
import { awaitReady } from '../cluster/bench-cluster.ts';
import { atOnce } from '../measure/at-once.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { residentMib } from '../measure/process-usage.ts';
import { AT_ONCE } from '../sizes.ts';
import { noise } from './content.ts';
import { scattered } from './small-files.ts';

const FOLDER_FILES = 1_000;
/** So many more files take about a minute. */
const TOLD_FILES = 100_000;

/** A curve: what the frontend takes as files become more; up to a million if named. */
export const growth: Row = {
  name: 'growth',
  about: 'of 1 to 100 thousand files (a million if named): start, memory, a stat and a put alone',
  run: async (context) => {
    const { sizes, named } = context;
    const figures = new Figures('growth');
    const grown = new GrowingTree(context);
    for (const size of [...sizes.growth, ...(named ? [sizes.growthNamed] : [])]) {
      await grown.growTo(size);
      await measure(context, figures, grown);
    }
    return figures.all();
  },
};

/** Small files in folders of a thousand. */
class GrowingTree {
  readonly #context: BenchContext;
  files = 0;

  constructor(context: BenchContext) {
    this.#context = context;
  }

  async growTo(size: number): Promise<void> {
    const { client, sizes, progress } = this.#context;
    while (this.files < size) {
      const from = this.files;
      const count = Math.min(FOLDER_FILES - (from % FOLDER_FILES), size - from);
      await client.files.makeFolder({ path: this.folderOf(from), parents: true });
      await atOnce(count, AT_ONCE.small, (index) =>
        client.putFile(noise(sizes.smallBytes), { path: this.pathOf(from + index) }),
      );
      this.files += count;
      if (this.files === size || this.files % TOLD_FILES === 0) {
        progress(`${formatFiles(this.files)} are written`);
      }
    }
  }

  folderOf(index: number): string {
    return `${this.#context.remoteFolder}/folder-${Math.floor(index / FOLDER_FILES)}`;
  }

  pathOf(index: number): string {
    return `${this.folderOf(index)}/file-${index}`;
  }
}

async function measure(context: BenchContext, figures: Figures, grown: GrowingTree): Promise<void> {
  const { client, cluster, sizes } = context;
  const { files } = grown;
  const calls = sizes.smallAlone;
  const of = (what: string, unit: FigureKind['unit']): FigureKind => {
    return { name: `${what}, ${formatFiles(files)}`, unit, better: 'less' };
  };
  const stats = await atOnce(calls, 1, (index) =>
    client.files.stat({ path: grown.pathOf(scattered(index, files)) }),
  );
  figures.add(of('stat alone: p50', 'ms'), stats.p50Ms);
  const puts = await atOnce(calls, 1, (index) =>
    client.putFile(noise(sizes.smallBytes), { path: grown.pathOf(scattered(index, files)) }),
  );
  figures.add(of('put alone: p50', 'ms'), puts.p50Ms);
  figures.add(of('memory of the frontend', 'MiB'), residentMib(cluster.part('frontend').pid));
  figures.add(of('the frontend starts again', 'ms'), await restart(context));
}

/** From the start of the frontend to the moment in which it serves, in ms. */
async function restart({ cluster }: BenchContext): Promise<number> {
  const frontend = cluster.part('frontend');
  await frontend.stop();
  const begun = performance.now();
  frontend.start();
  await awaitReady(frontend, Number(new URL(cluster.address).port));
  return performance.now() - begun;
}

function formatFiles(count: number): string {
  return `${count.toLocaleString('en-US')} files`;
}
