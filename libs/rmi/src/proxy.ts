import type { CallOptions, Contract, Remote } from '@holdfast/contracts';
import { attachmentsOf } from '@holdfast/contracts';
import { hasStreams } from './attachments.ts';
import type { RemoteMethod } from './outgoing-call.ts';

/** Sends one call. */
export type SendCall = (
  remote: RemoteMethod,
  params: Readonly<Record<string, unknown>>,
  options?: CallOptions,
) => Promise<unknown>;

/** An object whose methods are those of `contract`, called through `send`. */
export function createProxy<C extends Contract>(contract: C, send: SendCall): Remote<C> {
  const proxy: Record<string, unknown> = {};
  for (const remote of remoteMethods(contract)) {
    const methodName = remote.name.slice(contract.name.length + 1);
    proxy[methodName] = (params: Readonly<Record<string, unknown>>, options?: CallOptions) =>
      send(remote, params, options);
  }
  return proxy as Remote<C>;
}

const known = new WeakMap<Contract, readonly RemoteMethod[]>();

function remoteMethods(contract: Contract): readonly RemoteMethod[] {
  const found = known.get(contract);
  if (found) return found;
  const made = Object.entries(contract.methods).map(([methodName, method]): RemoteMethod => {
    const params = attachmentsOf(method.params);
    const result = attachmentsOf(method.result);
    const repeatable = !hasStreams(params) && !hasStreams(result);
    return { name: `${contract.name}.${methodName}`, method, params, result, repeatable };
  });
  known.set(contract, made);
  return made;
}
