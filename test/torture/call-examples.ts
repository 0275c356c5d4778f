import { HoldfastError, filesContract } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { fromHex, toHex } from '@holdfast/kernel';
import { type HoldfastClient, sourceOfBytes } from '@holdfast/sdk';
import type { RawCall } from './raw-session.ts';

/** What an example finds, and what it may use to make what its call needs. */
export interface ExampleScene {
  readonly client: HoldfastClient;
  /** In a session that can make calls of no number for this example. */
  readonly call: (call: RawCall) => Promise<unknown>;
  /** Below a folder that is there; nothing has this name. */
  readonly path: string;
  /** A name for a user; nobody has it. */
  readonly user: string;
  /** The server that an example may take away; it is there and serves. */
  readonly spare: string;
  /** Kills the spare server, and waits until the frontend knows. */
  readonly loseSpare: () => Promise<void>;
}

type Example = (scene: ExampleScene) => Promise<Omit<RawCall, 'method' | 'number'>>;

const CONTENT = Buffer.from('what is written once');
const HASH = toHex(blake3Hasher.hash([CONTENT]));
const PASSWORD = 'a-long-password';

/** Arguments with which each changing method can be called, once. */
export const CALL_EXAMPLES: Readonly<Record<string, Example>> = {
  'files.makeFolder': async ({ path }) => ({ params: { path } }),
  'files.makeLink': async ({ path }) => ({ params: { path, target: 'elsewhere' } }),
  'files.setAttributes': async (scene) => ({
    params: { path: await written(scene), mode: 0o600 },
  }),
  'files.rename': async (scene) => ({
    params: { from: await written(scene), to: `${scene.path}-moved` },
  }),
  'files.remove': async (scene) => ({ params: { path: await written(scene) } }),
  'files.write': async ({ path }) => ({
    params: { path, ifVersion: 0, hash: HASH },
    content: CONTENT,
  }),
  'files.openUpload': async ({ path }) => ({ params: { path } }),
  'files.commitUpload': async (scene) => {
    const upload = await opened(scene);
    const chunk = { upload, offset: 0, hash: HASH };
    await scene.call({ method: 'files.putChunk', params: chunk, content: CONTENT });
    const root = toHex(blake3Hasher.hash([fromHex(HASH)]));
    return { params: { upload, sizeBytes: CONTENT.length, root } };
  },
  'files.abortUpload': async (scene) => ({ params: { upload: await opened(scene) } }),
  'files.restore': async (scene) => {
    const path = await written(scene);
    await written(scene);
    return { params: { path, version: 1 } };
  },
  'files.emptyTrash': async (scene) => ({ params: { id: await removed(scene) } }),
  'files.undelete': async (scene) => ({ params: { id: await removed(scene) } }),
  'users.add': async ({ user }) => ({ params: { user, password: PASSWORD } }),
  'users.remove': async (scene) => ({ params: { user: await added(scene) } }),
  'users.setPassword': async (scene) => ({
    params: { user: await added(scene), password: `${PASSWORD}-2` },
  }),
  'cluster.setCopies': async () => ({ params: { copies: 2 } }),
  'cluster.retire': async ({ spare }) => ({ params: { name: spare } }),
  'cluster.forget': async ({ spare, loseSpare }) => {
    await loseSpare();
    return { params: { name: spare, acceptLoss: true } };
  },
};

async function written({ client, path }: ExampleScene): Promise<string> {
  await client.putFile(sourceOfBytes(CONTENT), { path });
  return path;
}

async function removed(scene: ExampleScene): Promise<string> {
  const path = await written(scene);
  const { trashId } = await scene.client.files.remove({ path, recursive: false });
  return trashId;
}

async function added({ client, user }: ExampleScene): Promise<string> {
  await client.users.add({ user, password: PASSWORD, admin: false });
  return user;
}

/** In the caller's session, which alone may go on with it. */
async function opened({ call, path }: ExampleScene): Promise<string> {
  const result = await call({ method: 'files.openUpload', params: { path } });
  const parsed = filesContract.methods.openUpload.result.safeParse(result);
  if (parsed.success) return parsed.data.upload;
  throw new HoldfastError('internal', 'The upload could not be opened.', { cause: parsed.error });
}
