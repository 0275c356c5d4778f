import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tools = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules', '.bin');

/** Runs a tool of this clone in the current folder; ends this process if the tool fails. */
function run(tool, args, options) {
  const { status, stdout, stderr } = spawnSync(join(tools, tool), args, {
    encoding: 'utf8',
    ...options,
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  process.exit(status ?? 1);
}

// The rule of the layers reads the project graph that Nx has cached, and passes everything while
// there is none: on a clean clone, or after tags have changed, it must be made first.
run('nx', ['show', 'projects'], { stdio: 'pipe' });
run('oxlint', ['--type-aware', '--deny-warnings', ...process.argv.slice(2)], { stdio: 'inherit' });
