import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { timed, type BenchContext, type Row } from '../bench-context.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';

/** The bundle of the client lies beside the bundle of the bench. */
const CLIENT = join(dirname(fileURLToPath(import.meta.url)), 'holdfast.mjs');
const FILES_PER_FOLDER = 100;

const PUT: FigureKind = { name: 'put -r a tree of small files', unit: 'files/s', better: 'more' };
const GET: FigureKind = { ...PUT, name: 'get -r a tree of small files' };

export const tree: Row = {
  name: 'tree',
  about: 'a folder tree of small files, put and got by the client; beside cp -r and a sync',
  run: async (context) => {
    const { sizes, repeat, bareFolder, remoteFolder } = context;
    const figures = new Figures('tree');
    const local = join(bareFolder, 'tree');
    await makeTree(local, context);
    for (let i = 0; i < repeat; i++) {
      const remote = `${remoteFolder}/tree-${i}`;
      const back = join(bareFolder, 'tree-back');
      const copy = join(bareFolder, 'tree-copy');
      const put = await timed(context, 'tree-put', () =>
        client(context, 'put', '-r', local, remote),
      );
      figures.add(PUT, sizes.missed / put.seconds);
      const get = await timed(context, 'tree-get', () =>
        client(context, 'get', '-r', remote, back),
      );
      figures.add(GET, sizes.missed / get.seconds);
      const bare = await timed(context, 'tree-bare', () =>
        run('sh', ['-c', 'cp -r "$1" "$2" && sync -f "$2"', 'sh', local, copy]),
      );
      for (const { name } of [PUT, GET]) {
        figures.addLimit(name, 'cp -r of the same tree, and a sync', sizes.missed / bare.seconds);
      }
      await Promise.all([back, copy].map((folder) => rm(folder, { recursive: true })));
    }
    return figures.all();
  },
};

async function makeTree(folder: string, { sizes }: BenchContext): Promise<void> {
  for (let made = 0; made < sizes.missed; made += FILES_PER_FOLDER) {
    const below = join(folder, `folder-${made / FILES_PER_FOLDER}`);
    await mkdir(below, { recursive: true });
    const count = Math.min(FILES_PER_FOLDER, sizes.missed - made);
    for (let i = 0; i < count; i++) {
      await writeFile(join(below, `file-${i}`), randomBytes(sizes.smallBytes));
    }
  }
}

/** Runs a command of the client as a user would. */
async function client({ cluster }: BenchContext, ...args: readonly string[]): Promise<void> {
  const { address, user, password } = cluster;
  const access = ['--address', address, '--user', user, '--password-stdin'];
  await run(process.execPath, [CLIENT, ...args, ...access], `${password}\n`);
}

async function run(program: string, args: readonly string[], input = ''): Promise<void> {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${code}.`);
}
