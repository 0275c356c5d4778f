import {
  type Awaitable,
  HoldfastError,
  type OrderedMap,
  isHoldfastError,
} from '@holdfast/contracts';

/** A map for readers that has itself rebuilt when a value in it turns out to be damaged. */
export function selfHealingMap(
  map: OrderedMap,
  rebuild: (damage: HoldfastError) => void,
): OrderedMap {
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
    getMany: (keys) => guard(() => map.getMany(keys)),
    range: (range) => guard(() => map.range(range)),
    apply: (changes) => map.apply(changes),
    persist: () => map.persist(),
    clear: () => map.clear(),
    [Symbol.asyncDispose]: () => map[Symbol.asyncDispose](),
  };
}
