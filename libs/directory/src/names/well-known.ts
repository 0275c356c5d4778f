import type { FileId } from '@holdfast/contracts';

/** The ids of the folders that every directory has, the same everywhere. */
export const ROOT_ID: FileId = '00000000000000000000000000000000' as FileId;
export const HOME_ID: FileId = '00000000000000000000000000000001' as FileId;
export const SHARED_ID: FileId = '00000000000000000000000000000002' as FileId;

export const HOME_NAME = 'home';
export const SHARED_NAME = 'shared';

/** Who owns what no user made. */
export const ADMINISTRATOR = 'admin';
