import type { ChunkPath, ChunkToGet, ChunkToPut } from '@holdfast/contracts';
import { equalBytes, joinParts } from '@holdfast/kernel';
import { describe, expect, test } from 'vitest';

/** A cluster of three servers, and a way to its chunks. */
export interface ChunkPathScene extends AsyncDisposable {
  readonly path: ChunkPath;
  /** Opens a file of which each server has these chunks; gives how to ask for each. */
  open(chunks: readonly Uint8Array[]): Promise<readonly ChunkToGet[]>;
  /** How to put chunks with these contents, one behind the other. */
  upload(chunks: readonly Uint8Array[]): Promise<readonly ChunkToPut[]>;
  /** Whether a frontend knows that this chunk was put on servers. */
  has(chunk: ChunkToPut): boolean;
  /** Lets an open file go. */
  close(handle: string): Promise<void>;
  /** A server ends without a word, with all that is under way on it. */
  kill(server: string): void;
  /** A server is there, and does not answer any more. */
  stop(server: string): void;
  /** A server turns out not to have what it should. */
  empty(server: string): void;
  /** Waits for `work`, moving the clock where time is simulated. */
  run<T>(work: Promise<T>): Promise<T>;
}

const SERVERS = ['server-1', 'server-2', 'server-3'] as const;
const [ONE, TWO, THREE] = SERVERS;

/** What every way of moving chunks must do. */
export function chunkPathSuite(name: string, makeScene: () => Promise<ChunkPathScene>): void {
  const scenario = (title: string, body: (scene: ChunkPathScene) => Promise<void>): void =>
    test(title, async () => {
      await using scene = await makeScene();
      await body(scene);
    });
  const contents = [4_194_304, 2_000_000, 1, 4_194_304, 1_500_000].map(pattern);
  const expectAll = async (scene: ChunkPathScene, chunks: readonly ChunkToGet[]): Promise<void> => {
    const got = await scene.run(Promise.all(chunks.map((chunk) => scene.path.get(chunk))));
    got.forEach(({ content, server }, i) => {
      expect(equalBytes(joinParts(content), contents[i] ?? new Uint8Array())).toBe(true);
      expect(SERVERS).toContain(server);
    });
  };

  describe(`${name} as a chunk path`, () => {
    scenario('chunks of all sizes come back whole, many at once', async (scene) => {
      const chunks = await scene.open(contents);
      await expectAll(scene, chunks);
      await expectAll(scene, chunks);
    });

    for (const [how, strike] of Object.entries({
      died: (scene: ChunkPathScene) => scene.kill,
      'do not answer': (scene: ChunkPathScene) => scene.stop,
      'lost what they had': (scene: ChunkPathScene) => scene.empty,
    })) {
      scenario(`two servers that ${how} keep nothing back`, async (scene) => {
        const chunks = await scene.open(contents);
        await expectAll(scene, chunks);
        strike(scene)(ONE);
        await expectAll(scene, chunks);
        strike(scene)(THREE);
        await expectAll(scene, chunks);
      });
    }

    scenario('a server that dies in the middle is replaced', async (scene) => {
      const chunks = await scene.open(contents);
      const reading = expectAll(scene, chunks);
      scene.kill(TWO);
      await reading;
    });

    scenario('without any server the error says that it may work later', async (scene) => {
      const [chunk] = await scene.open(contents);
      for (const server of SERVERS) scene.kill(server);
      const got = scene.run(scene.path.get(chunk as ChunkToGet));
      await expect(got).rejects.toMatchObject({ code: 'unavailable' });
    });

    scenario('chunks of all sizes are put, many at once', async (scene) => {
      const chunks = await scene.upload(contents);
      const put = await scene.run(Promise.all(chunks.map((chunk) => scene.path.put(chunk))));
      for (const { holders, missing } of put) {
        expect(holders.toSorted()).toEqual(SERVERS);
        expect(missing).toEqual([]);
      }
      expect(chunks.every((chunk) => scene.has(chunk))).toBe(true);
    });

    for (const [how, strike] of Object.entries({
      died: (scene: ChunkPathScene) => scene.kill,
      'do not answer': (scene: ChunkPathScene) => scene.stop,
    })) {
      scenario(`two servers that ${how} keep no chunk from being put`, async (scene) => {
        const chunks = await scene.upload(contents);
        const putAll = async (): Promise<void> => {
          await scene.run(Promise.all(chunks.map((chunk) => scene.path.put(chunk))));
          expect(chunks.every((chunk) => scene.has(chunk))).toBe(true);
        };
        strike(scene)(ONE);
        await putAll();
        strike(scene)(THREE);
        await putAll();
      });
    }

    scenario('without any server the error of a put says that it may work later', async (scene) => {
      const [chunk] = await scene.upload(contents);
      for (const server of SERVERS) scene.kill(server);
      const put = scene.run(scene.path.put(chunk as ChunkToPut));
      await expect(put).rejects.toMatchObject({ code: 'unavailable' });
    });

    scenario('a put that nobody wants any more ends', async (scene) => {
      const [chunk] = await scene.upload(contents);
      const put = scene.run(scene.path.put(chunk as ChunkToPut, { signal: AbortSignal.abort() }));
      await expect(put).rejects.toThrow();
      expect(scene.has(chunk as ChunkToPut)).toBe(false);
    });

    scenario('a server whose copy was found wrong is not asked', async (scene) => {
      const [chunk] = await scene.open(contents);
      const wanted = { ...(chunk as ChunkToGet), exclude: [ONE, TWO] };
      expect((await scene.run(scene.path.get(wanted))).server).toBe(THREE);
    });

    scenario('what is not open any more is not given', async (scene) => {
      const [chunk] = await scene.open(contents);
      await scene.close(chunk?.handle ?? '');
      const got = scene.run(scene.path.get(chunk as ChunkToGet));
      await expect(got).rejects.toMatchObject({ code: 'handle-gone' });
    });

    scenario('whoever does not want it any more is let go', async (scene) => {
      const [chunk] = await scene.open(contents);
      const signal = AbortSignal.abort();
      const got = scene.run(scene.path.get(chunk as ChunkToGet, { signal }));
      await expect(got).rejects.toThrow();
    });
  });
}

function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 9) + seed) & 0xff;
  return bytes;
}
