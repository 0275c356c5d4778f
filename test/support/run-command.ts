import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

/** How a command ended, and what it wrote. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions extends Pick<SpawnOptions, 'cwd' | 'env'> {
  /** Sent to standard input, which is closed behind it. */
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
}

/** Runs a program to its end, whatever its exit code. It is killed after `timeoutMs`. */
export async function runCommand(
  program: string,
  args: readonly string[],
  { input = '', timeoutMs = 60_000, ...options }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    ...options,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  // A program that does not read its input may be gone before all of it is sent.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}

function collect(child: ChildProcess, name: 'stdout' | 'stderr'): () => string {
  const pieces: Buffer[] = [];
  child[name]?.on('data', (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString('utf8');
}
