import { execFile } from 'node:child_process';
import { DEMO_LIMITS } from './limits.ts';

export interface ScriptResult {
  readonly code: number;
  readonly output: string;
}

export interface ScriptOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** After so long the script is ended, and its code is 1. */
  readonly timeoutMs?: number;
}

/** Runs a script in a process of its own, whatever its exit code. */
export async function runScript(
  script: string,
  args: readonly string[],
  { cwd, env, timeoutMs = DEMO_LIMITS.commandMs }: ScriptOptions,
): Promise<ScriptResult> {
  return await new Promise((resolve) => {
    const options = { cwd, env, timeout: timeoutMs };
    const child = execFile(process.execPath, [script, ...args], options, (_, stdout, stderr) =>
      resolve({
        code: child.exitCode ?? 1,
        output: stdout + (child.exitCode === 0 ? '' : stderr),
      }),
    );
    child.stdin?.end();
  });
}
