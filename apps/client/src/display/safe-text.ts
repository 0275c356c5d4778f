/**
 * `text` as it may be shown on a terminal: a name can contain characters that move the cursor or
 * change colours, and they must not.
 */
export function safeText(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => (c === '\n' ? '\\n' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
