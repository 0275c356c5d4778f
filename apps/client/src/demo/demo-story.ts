import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EXIT_CODES, type ClusterStatus } from '@holdfast/contracts';
import type { DemoCluster } from './demo-cluster.ts';
import { DEMO_LIMITS } from './limits.ts';

const FILE_BYTES = 12 * 1024 * 1024;

/** What the story needs of a cluster. */
export type StoryCluster = Pick<DemoCluster, 'folder' | 'run' | 'done' | 'kill' | 'start'>;

/** Told of each step, and whether what was claimed turned out to be true. */
export type Tell = (claim: string, isTrue: boolean) => void;

/**
 * Plays the story of a cluster that loses two of its three servers and heals. Every claim is checked
 * by what the cluster answers, not by what it was told to do.
 */
export async function playStory(
  cluster: StoryCluster,
  tell: Tell,
  repairMs: number = DEMO_LIMITS.repairMs,
): Promise<void> {
  const story = new Story(cluster, repairMs);
  tell('a file is stored on all three servers', (await story.put('film', 'film')) === 3);
  tell('a second one, too', (await story.put('letter', 'letter')) === 3);

  await cluster.kill('server-1', 'server-2');
  tell('two servers are killed with -9', (await story.untilLive(1)) === 1);
  tell('the file is read, byte for byte', await story.reads('film', 'film'));
  tell('a new file is stored on the one that is left', (await story.put('new', 'new')) === 1);
  tell('the old one is overwritten', (await story.put('film-2', 'film')) === 1);
  await cluster.done('rm', '--yes', 'letter');
  tell('the second one is deleted', await story.isGone('letter'));

  await cluster.start('server-1', 'server-2');
  tell('both servers are back', (await story.untilLive(3)) === 3);
  tell('what they missed is repaired without a command', await story.untilRepaired());

  await cluster.kill('server-3');
  tell('the server that had everything is killed with -9', (await story.untilLive(2)) === 2);
  tell('the others have the new file', await story.reads('new', 'new'));
  tell('and the overwritten one in its last version', await story.reads('film-2', 'film'));
  tell('what was deleted stays deleted', await story.isGone('letter'));
}

class Story {
  readonly #cluster: StoryCluster;
  readonly #repairMs: number;

  constructor(cluster: StoryCluster, repairMs: number) {
    this.#cluster = cluster;
    this.#repairMs = repairMs;
  }

  /** Stores random bytes, kept in the local file `source`; how many servers confirmed them. */
  async put(source: string, name: string): Promise<number> {
    const local = join(this.#cluster.folder, source);
    await writeFile(local, randomBytes(FILE_BYTES));
    const { copies } = JSON.parse(await this.#cluster.done('put', local, name, '--json'));
    return copies as number;
  }

  /** Whether the remote file `name` is what the local file `source` holds. */
  async reads(source: string, name: string): Promise<boolean> {
    const target = join(this.#cluster.folder, 'read-back');
    await this.#cluster.done('get', name, target, '--force');
    return (await readFile(target)).equals(await readFile(join(this.#cluster.folder, source)));
  }

  async isGone(name: string): Promise<boolean> {
    const { code } = await this.#cluster.run('stat', name);
    return code === EXIT_CODES['not-found'];
  }

  /** Waits until `count` servers are live, as long as a repair may take; how many there are then. */
  async untilLive(count: number): Promise<number> {
    const live = ({ servers }: ClusterStatus): number =>
      servers.filter((server) => server.state === 'live').length;
    return live(await this.#until((status) => live(status) === count));
  }

  async untilRepaired(): Promise<boolean> {
    const isDone = ({ repair }: ClusterStatus): boolean => repair.underReplicated === 0;
    return isDone(await this.#until(isDone));
  }

  async #until(isReached: (status: ClusterStatus) => boolean): Promise<ClusterStatus> {
    const end = performance.now() + this.#repairMs;
    for (;;) {
      const status: ClusterStatus = JSON.parse(await this.#cluster.done('status', '--json'));
      if (isReached(status) || performance.now() > end) return status;
      await pause(DEMO_LIMITS.lookMs);
    }
  }
}
