/**
 * The first key element of every table of the directory. 1 to 9 belong to the engine, 100 to 109 to
 * `auth`. A number is never used again for another table.
 */
export const TABLE_NUMBERS = {
  dentry: 10,
  folder: 11,
  file: 12,
  version: 13,
  superseded: 14,
  contentUse: 15,
  manifest: 16,
  chunk: 17,
  reference: 18,
  under: 19,
  garbage: 20,
  trash: 21,
  trashAge: 22,
  trashBin: 23,
  upload: 24,
  uploadProgress: 25,
  uploadOfFile: 26,
  store: 27,
  storePosition: 28,
  settings: 29,
  task: 30,
  departedStore: 31,
  doubtedStores: 32,
  content: 33,
} as const;
