import { type CallContext, HoldfastError, type StoreId } from '@holdfast/contracts';
import type { Upload } from '@holdfast/directory';
import { deferred } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { Flights } from './flights.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';
import { Strays } from './strays.ts';
import { UploadService } from './upload-service.ts';

const store = '1'.repeat(32) as StoreId;
const upload = 'u'.repeat(32) as never;

interface Scene {
  readonly member: Member;
  readonly context: CallContext;
  readonly service: UploadService;
  endSession(): void;
  /** Hashes of chunks that are to be deleted unless the directory knows of them. */
  strays(): readonly string[];
  /** What may be collected of the store, if nothing refers to it. */
  safe(): number;
}

/** An upload that was opened when its store was at 1,000, and goes on after its disk was lost. */
async function scene(
  recordChunks: (upload: unknown, chunks: readonly unknown[]) => Promise<void>,
): Promise<Scene & Disposable> {
  const members = new Members(simulatedClock());
  const member = members.enrol({ store, name: 'server-1' });
  member.position = 1_000;
  const flights = new Flights();
  const strays = new Strays(() => [member]);
  const placement = { stores: [store], copies: 1 };
  const opened = { upload, file: 'f', options: { path: '/a' }, placement } as never;
  let uploads: readonly Upload[] = [];
  const openUpload = async (request: Upload): Promise<Upload> => {
    uploads = [Object.assign(opened, { positions: request.positions })];
    return opened;
  };
  const write = async (): Promise<object> => {
    member.position++;
    return { holders: [{ store, generation: 2, confirmed: true }], missing: [] };
  };
  const touch = async (): Promise<object> => {
    member.position++;
    return [[{ store, generation: 2, confirmed: true }]];
  };
  const service = new UploadService({
    directory: { openUpload, recordChunks, uploadChunks: async () => ({ chunks: [] }) } as never,
    members,
    writer: { write, touch } as never,
    writes: {
      target: async () => ({ file: 'f', placement }),
      whileMoved: (task: () => Promise<unknown>) => task(),
    } as never,
    flights,
    strays,
    grants: {} as never,
  });
  const ended = new AbortController();
  const context = { session: { id: 's', ended: ended.signal } } as unknown as CallContext;
  await service.openUpload({ path: '/a' } as never, context);
  member.position = 5;
  return {
    member,
    context,
    service,
    endSession: () => ended.abort(),
    strays: () => strays.on(store).map(({ hash }) => hash),
    safe: () => flights.safePosition(store, member.position, uploads),
    [Symbol.dispose]: () => members[Symbol.dispose](),
  };
}

const chunk = { upload, offset: 0, hash: 'h' as never, content: [new Uint8Array(1)] };

test('a chunk of an upload is safe on a disk that began anew, until the directory knows of it', async () => {
  using uploading = await scene(async () => {});
  const { service, context, safe } = uploading;
  await service.putChunk(chunk, context);
  uploading.member.position = 50;
  expect(safe()).toBe(5);
  await service.reopenUpload({ upload, fromOffset: 0, put: undefined } as never, context);
  expect(safe()).toBe(5);
  expect(uploading.strays()).toEqual([]);
  uploading.endSession();
  expect(safe()).toBe(50);
  expect(uploading.strays()).toEqual(['h']);
});

test('what is touched again is safe until it is noted, and not held when its upload is gone', async () => {
  const seen: number[] = [];
  using uploading = await scene(async () => {
    seen.push(uploading.safe());
    throw new HoldfastError('upload-gone', 'It was given up.');
  });
  const { service, context, safe } = uploading;
  const put = [{ offset: 0, length: 1, hash: 'h' as never }];
  const reopened = service.reopenUpload({ upload, fromOffset: 0, put }, context);
  await expect(reopened).rejects.toMatchObject({ code: 'upload-gone' });
  expect(seen).toEqual([5]);
  expect(safe()).toBe(6);
});

// fills REPLICATION_LIMITS.recordBatchChunks
test('chunks are noted together, so many at most, however many wait for that', async () => {
  const noted: number[] = [];
  const firstBatch = deferred();
  using uploading = await scene(async (_, chunks) => {
    noted.push(chunks.length);
    if (noted.length === 1) await firstBatch.promise;
  });
  const { service, context } = uploading;
  const put = (offset: number): Promise<unknown> => service.putChunk({ ...chunk, offset }, context);
  const most = LIMITS.recordBatchChunks;
  for (let offset = 0; offset < most - 1; offset++) await put(offset);
  expect(noted).toEqual([]);
  const puts = Array.from({ length: 2 * most + 3 }, (_, i) => put(most + i));
  await simulatedClock().settle();
  expect(noted).toEqual([most]);
  firstBatch.resolve();
  await Promise.all(puts);
  expect(noted).toEqual([most, most, most, 2]);
});

// fills REPLICATION_LIMITS.uploadsPerSession
test('an upload too many in one session is refused before the directory has it', async () => {
  using members = new Members(simulatedClock());
  let opened = 0;
  const openUpload = async (): Promise<unknown> => ({ upload: `${opened++}`, file: 'f' });
  const service = new UploadService({
    directory: { openUpload, abortUpload: async () => {} } as never,
    members,
    writer: {} as never,
    writes: {
      target: async () => ({}),
      whileMoved: (task: () => Promise<unknown>) => task(),
    } as never,
    flights: new Flights(),
    strays: new Strays(() => []),
    grants: {} as never,
  });
  const session = (id: string): CallContext =>
    ({ session: { id, ended: new AbortController().signal } }) as unknown as CallContext;
  const mine = session('mine');
  const open = (context: CallContext): Promise<unknown> =>
    service.openUpload({ path: '/a' } as never, context);
  for (let i = 0; i < LIMITS.uploadsPerSession; i++) await open(mine);
  await expect(open(mine)).rejects.toMatchObject({ code: 'limit-exceeded' });
  expect(opened).toBe(LIMITS.uploadsPerSession);
  await open(session('other'));
  await service.abortUpload({ upload: '0' as never }, mine);
  await open(mine);
});
