import { simulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { SpaceGuard } from './space-guard.ts';

// fills CHUNK_STORE_LIMITS.reserveBytes
test('chunks are refused that would leave less of a large disk than the reserve, until space comes back', async () => {
  const { reserveBytes, reserveShare } = CHUNK_STORE_LIMITS;
  const disk = simulatedDisk().mount();
  const totalBytes = (2 * reserveBytes) / reserveShare;
  let freeBytes = reserveBytes + 1000;
  Object.assign(disk, { space: async () => ({ freeBytes, totalBytes }) });
  const guard = new SpaceGuard({ disk, folder: '', reserveBytes, ballastBytes: 0 });
  await guard.start();
  await guard.admit(1000);
  freeBytes -= 1000;
  await expect(guard.admit(1)).rejects.toMatchObject({ code: 'no-space' });
  freeBytes += 1;
  await guard.admit(1);
});
