import { type Contract, HoldfastError, type Implementation } from '@holdfast/contracts';

/** An object of a contract whose every method is refused for now. */
export function refuseAll<C extends Contract>(
  contract: C,
  reason: () => string,
): Implementation<C> {
  const refuse = async (): Promise<never> => {
    throw new HoldfastError('unavailable', reason());
  };
  const methods = Object.keys(contract.methods).map((name) => [name, refuse]);
  return Object.fromEntries(methods) as Implementation<C>;
}
