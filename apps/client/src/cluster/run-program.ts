import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import {
  PART_NODE_FLAGS,
  STOP_SIGNALS,
  loadFrontendConfig,
  loadServerConfig,
} from '@holdfast/host';
import { findInstallation, preparePrograms, type Program } from './installation.ts';

/**
 * Runs one of the other programs in the foreground, as a service manager wants it, until it ends;
 * then this process ends as that one did. Rejects if the file is wrong, before anything is started.
 *
 * It is a process of its own because its flags must be there when Node starts. A signal to this one
 * is handed on, and a terminal's Ctrl-C does not reach it twice, which would end it at once.
 */
export async function runProgram(program: Program, configFile: string): Promise<void> {
  const config = resolve(configFile);
  await (program === 'frontend' ? loadFrontendConfig(config) : loadServerConfig(config));
  const programOf = await preparePrograms(findInstallation());
  const words = [...PART_NODE_FLAGS, programOf(program), '--config', config];
  // Over the channel it hears when this process is killed, and ends as well.
  const child = spawn(process.execPath, words, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
  for (const signal of STOP_SIGNALS) process.on(signal, forward);
  const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (ended, failed) => {
      child.once('error', failed);
      child.once('exit', (...how) => ended(how));
    },
  );
  for (const signal of STOP_SIGNALS) process.removeListener(signal, forward);
  if (killedBy !== null) process.kill(process.pid, killedBy);
  process.exitCode = code ?? 1;
}
