import type { ServerStatus } from '@holdfast/contracts';
import type { Style } from '../terminal/style.ts';
import { formatCount } from './count.ts';

/** `live`, `gone`, and of a server that retires how much must still be copied off it. */
export function serverState({ state, retiring }: ServerStatus, style: Style): string {
  const mark =
    state === 'live'
      ? style.green
      : state === 'gone' || state === 'read-only'
        ? style.red
        : style.yellow;
  if (!retiring) return mark(state);
  const { chunksLeft } = retiring;
  const left = chunksLeft === undefined ? '' : `, ${formatCount(chunksLeft, 'file part')} left`;
  return `${mark(state)}, ${style.yellow(`retiring${left}`)}`;
}
