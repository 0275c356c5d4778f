import { DemoCluster } from './demo-cluster.ts';
import { playStory } from './demo-story.ts';

// Plays the story in the terminal; the exit code is 0 only if every claim was true.
const started = performance.now();
const counts = { true: 0, false: 0 };

function tell(claim: string, isTrue: boolean): void {
  counts[`${isTrue}`]++;
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
  process.stdout.write(`${seconds} s  ${isTrue ? 'yes' : 'NO '}  ${claim}\n`);
}

try {
  process.stdout.write('Starting one frontend and three servers on a folder of their own …\n');
  await using cluster = await DemoCluster.start();
  await playStory(cluster, tell);
} catch (error) {
  tell(`the story went on to its end (${String(error)})`, false);
}
process.stdout.write(
  counts.false === 0
    ? `All ${counts.true} claims were true.\n`
    : `${counts.false} were not true.\n`,
);
process.exitCode = counts.false === 0 && counts.true > 0 ? 0 : 1;
