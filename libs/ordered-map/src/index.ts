export * from './cached-map.ts';
export * from './level-map.ts';
export * from './memory-map.ts';
