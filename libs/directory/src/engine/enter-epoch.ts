import { type AgreementState, HoldfastError, directoryId } from '@holdfast/contracts';
import { randomHex } from '@holdfast/kernel';
import type { EnginePorts } from './engine.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { readViewRecord } from './view-record.ts';

const DIRECTORY_ID_BYTES = 16;

/** Becomes coordinator in an epoch beyond all that the journal, or `above`, knows of. */
export async function enterEpoch(ports: EnginePorts, above = 0): Promise<AgreementState> {
  const recorded = await readViewRecord(ports.map);
  const newDirectory = directoryId.parse(randomHex(ports.random, DIRECTORY_ID_BYTES));
  const floor = Math.max(above, ports.journal.tail.epoch);
  for (let attempt = 0; attempt < ENGINE_LIMITS.epochAttempts; attempt++) {
    const state = await ports.agreement.become(recorded?.directory ?? newDirectory);
    if (recorded && recorded.directory !== state.directory) throw foreignAgreement(recorded, state);
    if (state.epoch <= floor) continue;
    // The journal knows better where the agreement's file was lost or set back.
    const newer = recorded && recorded.view.number > state.view.number ? recorded : state;
    return { ...state, view: newer.view, roster: newer.roster };
  }
  throw new HoldfastError(
    'stale-epoch',
    `No epoch above ${floor} could be had, which the journal was written in. ` +
      'Restore the file of the agreement beside the journal.',
  );
}

/** The agreement's file and the journal must belong together. */
function foreignAgreement(recorded: AgreementState, state: AgreementState): HoldfastError {
  return new HoldfastError(
    'foreign-store',
    `The journal belongs to directory ${recorded.directory}, the agreement beside it to ` +
      `${state.directory}. Put back the one that belongs here.`,
  );
}
