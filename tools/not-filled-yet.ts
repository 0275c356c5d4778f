/** Bounds that no test fills yet. A test fails for a name that need not be on the list any more. */
export const NOT_FILLED_YET: readonly string[] = [
  'CLIENT_LIMITS.passwordTries',
  'CLUSTER_LIMITS.rebuildWithLossMs',
  'DEMO_LIMITS.commandMs',
  'DEMO_LIMITS.repairMs',
  'FILE_SERVER_LIMITS.graceMs',
  'FRONTEND_LIMITS.graceMs',
];
