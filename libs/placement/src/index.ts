export * from './holder-order.ts';
export * from './mirror.ts';
export * from './placement.ts';
