import { cat } from './cat.ts';
import type { Command } from './command.ts';
import { connect, quit } from './connect.ts';
import { cp } from './cp.ts';
import { cd, lcd, lls, pwd } from './folders.ts';
import { get } from './get.ts';
import { history, restore } from './history.ts';
import { ls } from './ls.ts';
import { mkdir } from './mkdir.ts';
import { mv } from './mv.ts';
import { put } from './put.ts';
import { rm } from './rm.ts';
import { server } from './servers.ts';
import { df, du } from './space.ts';
import { stat } from './stat.ts';
import { status } from './status.ts';
import { trash, undelete } from './trash.ts';
import { passwd, user } from './users.ts';
import { where } from './where.ts';

/** All commands that talk to a cluster, in the order in which help shows them. */
export const commands: readonly Command[] = [
  connect,
  quit,
  put,
  get,
  cat,
  ls,
  cd,
  pwd,
  lcd,
  lls,
  stat,
  where,
  du,
  df,
  mkdir,
  mv,
  cp,
  rm,
  trash,
  undelete,
  history,
  restore,
  status,
  user,
  passwd,
  server,
];
