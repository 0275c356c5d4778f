import {
  type ChunkId,
  HoldfastError,
  type Remote,
  type StoreContract,
  type StoreId,
} from '@holdfast/contracts';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { ChunkWriter } from './chunk-writer.ts';
import { Members } from './members.ts';

const [first, second, third] = ['1', '2', '3'].map((digit) => digit.repeat(32) as StoreId);
const chunk = { file: 'f', hash: 'h' } as unknown as ChunkId;
const content = [new Uint8Array(3)];

/** Three live servers; `puts` says what each does with a chunk. */
function scene(puts: Record<string, () => Promise<{ position: number }>>): {
  readonly members: Members;
  readonly writer: ChunkWriter;
} {
  const members = new Members(simulatedClock());
  for (const [index, store] of [first, second, third].entries()) {
    if (!store) continue;
    const name = `server-${index + 1}`;
    const member = members.enrol({ store, name });
    const remote = { put: puts[name] } as unknown as Remote<StoreContract>;
    const { signal: ended } = new AbortController();
    const self = { incarnation: 1, address: '', pid: 1, session: '', remote, ended };
    const report = { freeBytes: 1, totalBytes: 1, chunks: 0, chunkBytes: 0, position: 0 };
    member.connect(self, report);
    members.change(member, 'live');
  }
  return { members, writer: new ChunkWriter(members, () => 1) };
}

const takes = async (): Promise<{ position: number }> => ({ position: 7 });
const dies = async (): Promise<never> => {
  throw new HoldfastError('disconnected', 'It died.');
};

test('a write goes on without a server that dies in the middle of it', async () => {
  const { members, writer } = scene({ 'server-1': dies, 'server-2': takes, 'server-3': takes });
  using _members = members;
  const wanted = [first, second].filter((store) => store !== undefined);
  const written = await writer.write(chunk, content, wanted);
  expect(written.holders.map(({ store }) => store)).toEqual([second]);
  expect(written.missing).toEqual([first]);
});

test('where the last wanted server dies in the middle, another one keeps the chunk', async () => {
  const { members, writer } = scene({ 'server-1': dies, 'server-2': dies, 'server-3': takes });
  using _members = members;
  const wanted = [first].filter((store) => store !== undefined);
  const written = await writer.write(chunk, content, wanted);
  expect(written.holders.map(({ store }) => store)).toEqual([third]);
  expect(written.missing).toEqual([first]);
});

test('a write that no server takes names those that it was meant for', async () => {
  const { members, writer } = scene({ 'server-1': dies, 'server-2': dies, 'server-3': dies });
  using _members = members;
  const wanted = [first].filter((store) => store !== undefined);
  await expect(writer.write(chunk, content, wanted)).rejects.toMatchObject({
    code: 'unavailable',
    details: { servers: ['server-1'] },
  });
});
