import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Lets a role say that it is prepared; resolves when the bench wants it to begin. */
export type Go = (ready: unknown) => Promise<void>;

/** What a bare process beside the product does. What it resolves with goes back to the bench. */
export type Role = (params: never, go: Go) => Promise<unknown>;

/** A process that plays a role for the bench. */
export interface RoleProcess<Ready, Result> extends AsyncDisposable {
  readonly ready: Ready;
  /** Lets it begin, and resolves with its result. */
  run(): Promise<Result>;
}

const FLAG = '--role';

/** Starts this program once more, in the named role. */
export async function startRole<Ready, Result>(
  name: string,
  params: object,
): Promise<RoleProcess<Ready, Result>> {
  const self = fileURLToPath(import.meta.url);
  const child = fork(self, [FLAG, name, JSON.stringify(params)], { execArgv: [] });
  const ready = (await messageOf(child, name)) as Ready;
  return {
    ready,
    run: async () => {
      child.send('go');
      return (await messageOf(child, name)) as Result;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** The role that this process was started in, if it was. */
export function roleOfThisProcess(): { name: string; params: object } | undefined {
  const [, , flag, name, params] = process.argv;
  if (flag !== FLAG || name === undefined || params === undefined) return undefined;
  return { name, params: JSON.parse(params) as object };
}

/** Plays a role in this process, in touch with the bench that started it. */
export async function playRole(role: Role, params: object): Promise<void> {
  const go: Go = async (ready) => {
    const told = once(process, 'message');
    process.send?.(ready);
    await told;
  };
  process.send?.((await role(params as never, go)) ?? {});
  process.disconnect();
}

async function messageOf(child: ChildProcess, name: string): Promise<unknown> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as unknown),
      once(child, 'exit', { signal }).then(() => {
        throw new Error(`The bare process "${name}" ended before it was done.`);
      }),
    ]);
  } finally {
    waiting.abort();
  }
}
