/** `7`, `1-20`, or several of them with commas; `none` is none. */
export function* seedsOf(text: string): Generator<number> {
  if (text === 'none') return;
  for (const part of text.split(',')) {
    const [first = NaN, last = first] = part.split('-').map(Number);
    if (!Number.isInteger(first) || !Number.isInteger(last)) {
      throw new Error(`Not a range of numbers: ${part}. Give one as in --seeds 1-20.`);
    }
    for (let seed = first; seed <= last; seed++) yield seed;
  }
}
