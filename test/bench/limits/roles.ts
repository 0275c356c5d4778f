import { appendRecords } from './append.ts';
import { copyFile } from './copy.ts';
import { echo } from './echo.ts';
import { relayBytes, sendBytes } from './relay.ts';
import { rmiServer } from './rmi-server.ts';
import type { Role } from './role.ts';
import { sendMessages } from './ws-stream.ts';

/** All that a bare process can be started for. */
export const ROLES: Readonly<Record<string, Role>> = {
  append: appendRecords,
  copy: copyFile,
  echo,
  'relay-bytes': relayBytes,
  'rmi-server': rmiServer,
  'send-bytes': sendBytes,
  'send-messages': sendMessages,
};
