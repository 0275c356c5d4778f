export * from './create-directory.ts';
export * from './directory.ts';
export type { FollowedCommit } from './engine/commit-followers.ts';
export * from './engine/engine.ts';
export * from './engine/journal-copy.ts';
export * from './engine/open-engine.ts';
export { type Rebuild, type RebuildOutcome, openRebuild } from './engine/rebuild.ts';
export type { EngineState } from './engine/standing.ts';
