/** A text that is too long for the directory to keep itself, so that servers keep it as a chunk. */
export function longText(text: string): string {
  return text.repeat(1_000);
}
