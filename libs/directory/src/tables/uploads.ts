import type { Table } from '@holdfast/contracts';
import type { Upload } from '../directory.ts';
import { defineJsonTable, defineKeyTable } from './define-table.ts';

/** Open uploads. Their chunks are in `manifests`, under a content named as the upload is. */
export const uploads: Table<readonly [upload: string], Upload> = defineJsonTable('upload', 1);

/** What changes while an upload goes on. */
export interface UploadProgress {
  readonly activeMs: number;
  readonly chunks: number;
  /** Grows when chunks are recorded or lost, so that a commit knows that what it checked still holds. */
  readonly revision: number;
}

export const uploadProgress: Table<readonly [upload: string], UploadProgress> = defineJsonTable(
  'uploadProgress',
  1,
);

export const uploadsOfFile: Table<readonly [file: string, upload: string], true> =
  defineKeyTable('uploadOfFile');
