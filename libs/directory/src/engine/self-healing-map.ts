import { type Awaitable, HoldfastError, isHoldfastError } from '@holdfast/contracts';
import type { DecodingMap } from './decoding-map.ts';

/** A map for readers that has itself rebuilt when a value in it turns out to be damaged. */
export function selfHealingMap(
  map: DecodingMap,
  rebuild: (damage: HoldfastError) => void,
): DecodingMap {
  const seen = (error: unknown): never => {
    if (!isHoldfastError(error, 'damaged')) throw error;
    rebuild(error);
    throw new HoldfastError(
      'unavailable',
      "A damaged value was found in the directory's map, which is now rebuilt from the journal. " +
        'Try again in a moment.',
      { cause: error },
    );
  };
  const guard = <T>(read: () => Awaitable<T>): Awaitable<T> => {
    try {
      const found = read();
      return found instanceof Promise ? found.catch(seen) : found;
    } catch (error) {
      return seen(error);
    }
  };
  return {
    get: (key) => guard(() => map.get(key)),
    read: (text, decode) => guard(() => map.read(text, decode)),
    getMany: (keys) => guard(() => map.getMany(keys)),
    range: (range) => guard(() => map.range(range)),
    apply: (changes) => map.apply(changes),
    persist: () => map.persist(),
    clear: () => map.clear(),
    [Symbol.asyncDispose]: () => map[Symbol.asyncDispose](),
  };
}
