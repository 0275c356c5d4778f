export { CHUNK_STORE_FORMAT } from './format.ts';
export { CHUNK_STORE_LIMITS } from './limits.ts';
export * from './open-chunk-store.ts';
