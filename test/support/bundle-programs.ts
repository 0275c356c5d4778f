import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BUNDLER = fileURLToPath(new URL('../../tools/bundle.mjs', import.meta.url));

/** Before all scenarios: they run the production bundle of the sources as they are now. */
export default function bundlePrograms(): void {
  execFileSync(process.execPath, [BUNDLER], { stdio: 'inherit' });
}

/** For tests that kill parts at named points: the same programs, with the points in them. */
export function bundleWithPoints(): void {
  execFileSync(process.execPath, [BUNDLER, '--points'], { stdio: 'inherit' });
}
