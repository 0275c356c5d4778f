import { PART_NODE_FLAGS } from '@holdfast/host';
import { expect, test } from 'vitest';
import { instanceProjects } from './nx-plugin.mjs';

test('nx serve starts a part with the flags of a part', () => {
  const { projects } = instanceProjects('cluster/server-3/server.json');
  expect(projects['cluster/server-3']?.targets.serve.options.command).toContain(
    `node ${PART_NODE_FLAGS.join(' ')} `,
  );
});
