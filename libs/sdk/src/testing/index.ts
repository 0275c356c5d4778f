export * from './fake-client.ts';
export * from './fake-frontend.ts';
export * from './fake-cluster.ts';
