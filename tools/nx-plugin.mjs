import { dirname } from 'node:path';

/** The program that runs an instance, by the name of the instance's file. */
const PROGRAMS = {
  'server.json': 'apps/file-server/src/main.ts',
  'frontend.json': 'apps/frontend/src/main.ts',
};

/** As in libs/host/src/part-node-flags.ts, which Node cannot read before it has started. */
const PART_NODE_FLAGS = '--initial-old-space-size=128 --expose-gc';

/**
 * Makes a project of every instance folder, so that `nx serve server-3` runs the instance that
 * `cluster/server-3/server.json` describes, in the foreground and from source.
 */
export const createNodes = [
  'cluster/*/{server,frontend}.json',
  (files) => files.map((file) => [file, instanceProjects(file)]),
];

/** The project of one instance file, under its folder. */
export function instanceProjects(file) {
  const root = dirname(file);
  return { projects: { [root]: instanceProject(root, file) } };
}

function instanceProject(root, file) {
  const name = root.slice(root.lastIndexOf('/') + 1);
  const program = PROGRAMS[file.slice(root.length + 1)];
  return {
    name,
    root,
    projectType: 'application',
    tags: ['layer:instance'],
    targets: {
      serve: {
        executor: 'nx:run-commands',
        continuous: true,
        options: {
          command: `node ${PART_NODE_FLAGS} --conditions=@holdfast/source --import tsx ${program} --config ${file}`,
          cwd: '{workspaceRoot}',
        },
      },
    },
  };
}
