import type { FilesContract, Implementation } from '@holdfast/contracts';
import type { Directory } from '@holdfast/directory';
import type { ReadService } from './read-service.ts';
import type { UploadService } from './upload-service.ts';
import type { WriteService } from './write-service.ts';

/** The whole files contract, from the parts that keep names, write and read. */
export function createFilesService(
  directory: Directory,
  writes: WriteService,
  uploads: UploadService,
  reads: ReadService,
): Implementation<FilesContract> {
  return {
    stat: (params, context) => directory.stat(params, context),
    list: (params, context) => directory.list(params, context),
    makeFolder: (params, context) => directory.makeFolder(params, context),
    makeLink: (params, context) => directory.makeLink(params, context),
    setAttributes: (params, context) => directory.setAttributes(params, context),
    rename: (params, context) => directory.rename(params, context),
    remove: (params, context) => directory.remove(params, context),
    usage: (params, context) => directory.usage(params, context),
    history: (params, context) => directory.history(params, context),
    restore: (params, context) => directory.restore(params, context),
    listTrash: (params, context) => directory.listTrash(params, context),
    emptyTrash: (params, context) => directory.emptyTrash(params, context),
    undelete: (params, context) => directory.undelete(params, context),
    write: writes.write,
    openUpload: uploads.openUpload,
    reopenUpload: uploads.reopenUpload,
    putChunk: uploads.putChunk,
    putTickets: uploads.putTickets,
    notePut: uploads.notePut,
    commitUpload: uploads.commitUpload,
    abortUpload: uploads.abortUpload,
    openRead: reads.openRead,
    manifest: reads.manifest,
    getChunk: reads.getChunk,
    tickets: reads.tickets,
    closeRead: reads.closeRead,
    where: reads.where,
  };
}
