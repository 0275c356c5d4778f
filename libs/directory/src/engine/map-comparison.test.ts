import { type MapChange, nextRecord } from '@holdfast/contracts';
import { utf8 } from '@holdfast/kernel';
import { seededRandom } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { encodePayload } from './commit-payload.ts';
import { JournalOverlay } from './journal-overlay.ts';
import { tableKey, tableText } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { MapComparison } from './map-comparison.ts';
import { MapKeeper } from './map-keeper.ts';
import { texts } from './testing/engine-scene.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { MemorySnapshots } from './testing/memory-snapshots.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';
import { walkMap } from './walk-map.ts';
import { WriteSet } from './write-set.ts';

const NAMES = 400;
const onRead = async (): Promise<void> => {};

/** A map and the journal that it is a view of. */
class View {
  readonly journal = new MemoryJournal(plainHasher);
  readonly map = new SmallMap();
  readonly keeper = new MapKeeper(this.map, {});

  async write(name: string, value: Uint8Array | undefined, counted = 0): Promise<void> {
    const changes = new WriteSet();
    changes.set(tableText(texts, [name]), value);
    changes.add('writes', counted);
    const payload = encodePayload({ timeMs: 1, changes });
    const record = nextRecord(plainHasher, this.journal.tail, 1, payload);
    await this.journal.append([record]);
    await this.keeper.append([record]);
  }

  /** With so little memory that the journal has to be read many times over. */
  async compare(mostBytes: number, meanwhile = onRead): Promise<string | undefined> {
    const { journal, map, keeper } = this;
    const pieces = new MemorySnapshots();
    const comparison = new MapComparison({ journal, pieces, stamp: undefined, onRead, mostBytes });
    for await (const page of walkMap(map, keeper)) {
      await meanwhile();
      const wrong = await comparison.check(page);
      if (wrong !== undefined) return wrong;
    }
    expect(comparison.impossible).toBeUndefined();
    return undefined;
  }
}

async function written(): Promise<View> {
  const view = new View();
  const random = seededRandom(1);
  for (let i = 0; i < 2 * NAMES; i++) {
    const value = random.integer(4) === 0 ? undefined : utf8(`text ${i}`);
    await view.write(`name ${random.integer(NAMES)}`, value, 1);
  }
  return view;
}

test('any single entry that is gone, changed or came back is found, with little memory', async () => {
  const view = await written();
  expect(await view.compare(5_000)).toBeUndefined();
  for (let i = 0; i < NAMES; i += 23) {
    const key = tableKey(texts, [`name ${i}`]);
    const value = view.map.get(key);
    const wrongs: MapChange[] = [{ key, value: utf8('other') }];
    if (value) wrongs.push({ key, value: undefined });
    for (const wrong of wrongs) {
      await view.map.apply([wrong]);
      expect(await view.compare(5_000), `name ${i}`).toMatch(/directory's map/);
    }
    await view.map.apply([{ key, value }]);
  }
});

test('what is written while a page is read is no damage, whatever of it the page has', async () => {
  const view = await written();
  let i = 0;
  const meanwhile = async (): Promise<void> => {
    for (let n = 0; n < 40; n++, i++) {
      await view.write(`name ${(i * 17) % (2 * NAMES)}`, i % 3 ? utf8(`later ${i}`) : undefined, 1);
    }
  };
  expect(await view.compare(20_000, meanwhile)).toBeUndefined();
  expect(i).toBeGreaterThan(100);
});

// fills ENGINE_LIMITS.comparedBytes
test('what the journal says is held in bounded memory, for some keys after the others', async () => {
  const view = new View();
  const value = new Uint8Array(1_000_000);
  const count = Math.ceil(ENGINE_LIMITS.comparedBytes / value.length) + 3;
  for (let i = 0; i < count; i++) await view.write(`name ${100 + i}`, value);
  const bounds = { from: '', base: 0, mostBytes: ENGINE_LIMITS.comparedBytes };
  const overlay = await JournalOverlay.load(view.journal, bounds, onRead);
  const held = [...overlay.before('\xff')];
  expect(held.length * value.length).toBeLessThan(ENGINE_LIMITS.comparedBytes);
  expect(overlay.to).toBeDefined();
  expect(await view.compare(ENGINE_LIMITS.comparedBytes)).toBeUndefined();
  await view.map.apply([{ key: tableKey(texts, [`name ${99 + count}`]), value: undefined }]);
  expect(await view.compare(ENGINE_LIMITS.comparedBytes)).toMatch(/lacks the entry/);
}, 60_000);
