export * from './level-map.ts';
export * from './memory-map.ts';
