import type { CallOptions, Contract, Remote } from '@holdfast/contracts';
import type { Patience } from './patience.ts';

type AnyMethod = (params: object, options?: CallOptions) => Promise<unknown>;

/**
 * The same object, whose calls outlive a frontend that goes away and comes back. A call with a
 * `timeoutMs` of its own is made once and as it is.
 */
export function patientRemote<C extends Contract>(
  contract: C,
  remote: Remote<C>,
  patience: Patience,
): Remote<C> {
  const methods = remote as Readonly<Record<string, AnyMethod | undefined>>;
  const patient: Record<string, AnyMethod> = {};
  for (const [name, { timeoutMs, changes }] of Object.entries(contract.methods)) {
    const call = methods[name];
    if (!call) continue;
    patient[name] = (params, options = {}) => {
      if (options.timeoutMs !== undefined) return call(params, options);
      const { signal } = options;
      const attempt = (once: CallOptions): Promise<unknown> => call(params, once);
      return patience.call(`${contract.name}.${name}`, attempt, { timeoutMs, signal, changes });
    };
  }
  return patient as Remote<C>;
}
