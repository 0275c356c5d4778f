import { deferred } from '@holdfast/kernel';
import type { DiskOperationKind } from '@holdfast/testkit';
import type { SimulatedMachine } from '../world/simulated-machine.ts';
import type { FaultScene } from './fault.ts';

/** Until a machine's disk begins an operation of a kind; false if it does not within `mostMs`. */
export async function untilOperation(
  { pause }: FaultScene,
  { disk }: SimulatedMachine,
  { kind, mostMs }: { readonly kind: DiskOperationKind; readonly mostMs: number },
): Promise<boolean> {
  if (disk.fault) return false;
  const began = deferred();
  disk.fault = (operation) => {
    if (operation.kind === kind) began.resolve();
    return undefined;
  };
  const inTime = began.promise.then(() => true);
  const struck = await Promise.race([inTime, pause(mostMs).then(() => false)]);
  disk.fault = undefined;
  return struck;
}
