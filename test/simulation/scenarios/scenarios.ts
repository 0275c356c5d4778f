import { uploadOnNewDisk, collectionMeetsPut, deletionOvertaken } from './collection.ts';
import { rebuildFromOlderView, staleCoordinator } from './coordinators.ts';
import { droppedWhileCatchingUp } from './dropped-while-catching-up.ts';
import { journalDamaged, journalSyncFails, setBackFrontend } from './frontend-disk.ts';
import {
  damagedSource,
  recordLost,
  syncFailsOnce,
  tornTail,
  versionOnOneServer,
} from './stores.ts';
import { inlineNamesWhoHasIt } from './inline-names-who-has-it.ts';
import { uploadCollected } from './upload-collected.ts';
import { mapLosesAName } from './map-loses-a-name.ts';
import { refusedForWhatIsLost } from './refused-for-what-is-lost.ts';
import { goneIsGone } from './gone-is-gone.ts';
import { rebuildGivesUp } from './rebuild-gives-up.ts';
import { rolledBackDisk } from './rolled-back-disk.ts';
import { uploadForgotten } from './upload-forgotten.ts';
import { wallClockSet } from './wall-clock-set.ts';
import type { Scenario } from './scenario.ts';

/** Courses of events that are known to be dangerous, each by itself. */
export const SCENARIOS: readonly Scenario[] = [
  rolledBackDisk,
  collectionMeetsPut,
  deletionOvertaken,
  uploadOnNewDisk,
  uploadCollected,
  goneIsGone,
  tornTail,
  recordLost,
  syncFailsOnce,
  versionOnOneServer,
  damagedSource,
  journalDamaged,
  journalSyncFails,
  setBackFrontend,
  rebuildFromOlderView,
  staleCoordinator,
  droppedWhileCatchingUp,
  refusedForWhatIsLost,
  uploadForgotten,
  wallClockSet,
  mapLosesAName,
  rebuildGivesUp,
  inlineNamesWhoHasIt,
];

export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario) return scenario;
  const names = SCENARIOS.map((candidate) => candidate.name).join(', ');
  throw new Error(`There is no scenario ${name}. There are: ${names}.`);
}
