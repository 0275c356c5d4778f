export * from './fake-client.ts';
export * from './fake-frontend.ts';
