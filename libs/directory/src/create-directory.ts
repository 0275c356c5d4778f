import type { Hasher, TransactionRunner } from '@holdfast/contracts';
import type { Random } from '@holdfast/kernel';
import { collected, garbage } from './collection/garbage.ts';
import { reap } from './collection/reap.ts';
import { newReapProgress } from './collection/reap-progress.ts';
import { addHolders } from './copies/add-holders.ts';
import { chunk } from './copies/chunk-info.ts';
import { chunksOn } from './copies/chunks-on.ts';
import { dropHolders } from './copies/drop-holders.ts';
import { referenced } from './copies/referenced.ts';
import { placements, setPlacement } from './copies/set-placement.ts';
import { underReplicated } from './copies/under-replicated.ts';
import type { Directory } from './directory.ts';
import type { JournalHolders } from './engine/journal-holders.ts';
import { ensureHome, ensureRoots } from './names/ensure-roots.ts';
import { list } from './names/list.ts';
import { locate } from './names/locate.ts';
import { makeFolder } from './names/make-folder.ts';
import { makeLink } from './names/make-link.ts';
import { remove } from './names/remove.ts';
import { PagesAhead } from './names/pages-ahead.ts';
import { rename } from './names/rename.ts';
import { setAttributes } from './names/set-attributes.ts';
import { stat } from './names/stat.ts';
import { usage } from './names/usage.ts';
import type { DirectoryParts } from './parts.ts';
import { counts } from './stores/counts.ts';
import { departed } from './stores/departed.ts';
import { emptyStore, removeStore } from './stores/remove-store.ts';
import { changeSettings, settings } from './stores/settings.ts';
import { changeStore, listStores, putStore } from './stores/stores.ts';
import { emptyTrash } from './trash/empty-trash.ts';
import { listTrash } from './trash/list-trash.ts';
import { undelete } from './trash/undelete.ts';
import { abortUpload } from './uploads/abort-upload.ts';
import { commitUpload } from './uploads/commit-upload.ts';
import { findUpload } from './uploads/find-upload.ts';
import { openUpload } from './uploads/open-upload.ts';
import { openUploads } from './uploads/open-uploads.ts';
import { recordChunks } from './uploads/record-chunks.ts';
import { uploadChunks } from './uploads/upload-chunks.ts';
import { history } from './versions/history.ts';
import { manifestPage } from './versions/manifest-page.ts';
import { openVersion } from './versions/open-version.ts';
import { Pins } from './versions/pins.ts';
import { restore } from './versions/restore.ts';
import { answerBefore } from './writes/answer-before.ts';
import { fileForWrite } from './writes/file-for-write.ts';
import { writeSmall } from './writes/write-small.ts';

export interface DirectoryPorts {
  readonly runner: TransactionRunner;
  readonly random: Random;
  readonly hasher: Hasher;
  readonly journalHolders: () => JournalHolders;
}

/** The directory over a transaction runner. It keeps nothing in memory but pins and cursors. */
export function createDirectory(ports: DirectoryPorts): Directory {
  const parts: DirectoryParts = { ...ports, pins: new Pins(), pagesAhead: new PagesAhead() };
  const progress = newReapProgress();
  return {
    stat: (params, context) => stat(parts, params, context),
    list: (params, context) => list(parts, params, context),
    makeFolder: (params, context) => makeFolder(parts, params, context),
    makeLink: (params, context) => makeLink(parts, params, context),
    setAttributes: (params, context) => setAttributes(parts, params, context),
    rename: (params, context) => rename(parts, params, context),
    remove: (params, context) => remove(parts, params, context),
    usage: (params, context) => usage(parts, params, context),
    locate: (file) => locate(parts, file),
    history: (params, context) => history(parts, params, context),
    restore: (params, context) => restore(parts, params, context),
    listTrash: (params, context) => listTrash(parts, params, context),
    emptyTrash: (params, context) => emptyTrash(parts, params, context),
    undelete: (params, context) => undelete(parts, params, context),
    fileForWrite: (options, context) => fileForWrite(parts, options, context),
    answerBefore: (context, error) => answerBefore(parts, context, error),
    writeSmall: (write, context) => writeSmall(parts, write, context),
    openUpload: (upload, context) => openUpload(parts, upload, context),
    findUpload: (upload, context) => findUpload(parts, upload, context),
    recordChunks: (upload, chunks) => recordChunks(parts, upload, chunks),
    uploadChunks: (upload, fromOffset) => uploadChunks(parts, upload, fromOffset),
    commitUpload: (commit, context) => commitUpload(parts, commit, context),
    abortUpload: (upload, context) => abortUpload(parts, upload, context),
    openVersion: (path, version, context) => openVersion(parts, path, version, context),
    manifestPage: (file, version, from) => manifestPage(parts, file, version, from),
    chunk: (id) => chunk(parts, id),
    underReplicated: (limit, after) => underReplicated(parts, limit, after),
    addHolders: (added) => addHolders(parts, added),
    dropHolders: (store, chunks) => dropHolders(parts, store, chunks),
    chunksOn: (store, after, limit) => chunksOn(parts, store, after, limit),
    placements: (after, limit) => placements(parts, after, limit),
    setPlacement: (file, placement) => setPlacement(parts, file, placement),
    referenced: (chunks) => referenced(parts, chunks),
    reap: (options) => reap(parts, progress, options),
    garbage: (limit) => garbage(parts, progress, limit),
    collected: (id, stores) => collected(parts, id, stores),
    openUploads: () => openUploads(parts),
    pin: (file, version) => parts.pins.pin(file, version),
    stores: () => listStores(parts),
    putStore: (record) => putStore(parts, record),
    changeStore: (store, change, context) => changeStore(parts, store, change, context?.call),
    emptyStore: (store) => emptyStore(parts, store),
    departedStores: () => departed(parts),
    removeStore: (store, how, context) => removeStore(parts, { store, how }, context?.call),
    settings: () => settings(parts),
    changeSettings: (changed, context) => changeSettings(parts, changed, context?.call),
    counts: () => counts(parts),
    ensureRoots: (settings) => ensureRoots(parts, settings),
    ensureHome: (user) => ensureHome(parts, user),
  };
}
