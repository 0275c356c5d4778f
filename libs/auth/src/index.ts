export * from './auth.ts';
export type { UserPrincipal } from './callers.ts';
export * from './limits.ts';
