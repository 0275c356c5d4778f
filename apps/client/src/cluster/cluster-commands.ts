import type { Command } from '../commands/command.ts';
import { adminResetCommand } from './admin-reset-command.ts';
import { backupCommand } from './backup-command.ts';
import { downCommand } from './down-command.ts';
import { joinCommand } from './join-command.ts';
import { partCommands } from './part-commands.ts';
import { programCommands } from './program-commands.ts';
import { psCommand } from './ps-command.ts';
import { rebuildCommand } from './rebuild-command.ts';
import { upCommand } from './up-command.ts';

/** What runs a cluster, or a part of one, on this machine. */
export const clusterCommands: readonly Command[] = [
  upCommand,
  downCommand,
  psCommand,
  ...partCommands,
  ...programCommands,
  joinCommand,
  adminResetCommand,
  rebuildCommand,
  backupCommand,
];
