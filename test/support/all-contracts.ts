import * as exported from '@holdfast/contracts';

/** Every contract that there is, so that no test has to be told of a new one. */
export const ALL_CONTRACTS: readonly exported.Contract[] = Object.values<unknown>({
  ...exported,
}).filter(isContract);

function isContract(candidate: unknown): candidate is exported.Contract {
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    'name' in candidate &&
    'methods' in candidate &&
    typeof candidate.methods === 'object'
  );
}
