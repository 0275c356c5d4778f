import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where this user's files of Holdfast are. */
export interface UserPaths {
  readonly config: string;
  /** Tokens of open logins; worth as much as passwords until they end. */
  readonly tokens: string;
  /** What was typed at the prompt. */
  readonly history: string;
}

/** As the XDG base directory specification says; `HOLDFAST_CONFIG` names another file. */
export function userPaths(env: Environment): UserPaths {
  const home = env['HOME'] || homedir();
  const configFolder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'holdfast');
  const stateFolder = join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'holdfast');
  const config = env['HOLDFAST_CONFIG'] || join(configFolder, 'config.json');
  return {
    config,
    tokens: join(dirname(config), 'tokens.json'),
    history: join(stateFolder, 'history'),
  };
}
