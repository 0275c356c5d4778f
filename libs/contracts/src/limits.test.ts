import { expect, test } from 'vitest';
import { filesContract } from './files-contract.ts';
import { DATA_LIMITS } from './limits.ts';
import { sessionContract } from './session-contract.ts';
import { storeContract } from './store-contract.ts';
import { usersContract } from './users-contract.ts';

const { makeLink, list } = filesContract.methods;
const chunk = { file: 'a'.repeat(32), hash: 'b'.repeat(64) };

/** A text of so many bytes, and of half as many characters. */
const text = (bytes: number): string => 'é'.repeat(bytes / 2) + 'x'.repeat(bytes % 2);

/** Parameters of a method that are as large as its limit, if they are so many. */
const CASES = [
  ['linkTargetBytes', makeLink, (most: number) => ({ path: '/a', target: text(most) })],
  ['listPageEntries', list, (most: number) => ({ path: '/a', limit: most })],
  [
    'passwordBytes',
    sessionContract.methods.login,
    (most: number) => ({ user: 'anna', password: text(most) }),
  ],
  [
    'userNameBytes',
    usersContract.methods.add,
    (most: number) => ({ user: 'x'.repeat(most), password: 'secret' }),
  ],
  [
    'storeBatchChunks',
    storeContract.methods.touch,
    (most: number) => ({ epoch: 1, chunks: Array(most).fill(chunk) }),
  ],
  [
    'snapshotPieceBytes',
    storeContract.methods.addSnapshotPiece,
    (most: number) => ({ epoch: 1, index: 0, piece: [new Uint8Array(most)] }),
  ],
] as const;

// fills DATA_LIMITS.linkTargetBytes, DATA_LIMITS.listPageEntries, DATA_LIMITS.passwordBytes
// fills DATA_LIMITS.userNameBytes, DATA_LIMITS.storeBatchChunks, DATA_LIMITS.snapshotPieceBytes
test.for(CASES)(
  'parameters as large as %s are taken, and no larger ones',
  ([name, method, make]) => {
    expect(method.params.safeParse(make(DATA_LIMITS[name])).error).toBeUndefined();
    expect(method.params.safeParse(make(DATA_LIMITS[name] + 1)).success).toBe(false);
  },
);
