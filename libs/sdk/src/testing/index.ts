export * from './fake-client.ts';
export * from './fake-frontend.ts';
export * from './fake-cluster.ts';
export * from '../direct-puts.ts';
export * from '../direct-servers.ts';
