const ENTER = /[\r\n]/;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const BACKSPACE = /[\b\u007f]/;
const ESCAPE_SEQUENCE = /\u001b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z]|.)/g;

export interface ReadSecretOptions {
  readonly signal?: AbortSignal | undefined;
  /** Ctrl-C was pressed. */
  readonly onInterrupt: () => void;
}

/**
 * Asks on the terminal and shows nothing of what is typed; undefined on an empty line. What is
 * typed behind the line stays for the next reader.
 */
export function readSecret(
  question: string,
  { signal, onInterrupt }: ReadSecretOptions,
): Promise<string | undefined> {
  const { stdin, stderr } = process;
  return new Promise((resolve) => {
    let secret = '';
    const finish = (answer: string | undefined): void => {
      stdin.off('data', onData);
      signal?.removeEventListener('abort', onAbort);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      resolve(answer === '' ? undefined : answer);
    };
    const onAbort = (): void => finish(undefined);
    const onData = (bytes: Buffer): void => {
      const text = bytes.toString('utf8').replaceAll(ESCAPE_SEQUENCE, '');
      let position = 0;
      for (const character of text) {
        position += character.length;
        if (ENTER.test(character)) {
          if (position < text.length) stdin.unshift(Buffer.from(text.slice(position)));
          return finish(secret);
        }
        if (character === CTRL_C) {
          finish(undefined);
          return onInterrupt();
        }
        if (character === CTRL_D && secret === '') return finish(undefined);
        if (character === CTRL_U) secret = '';
        else if (BACKSPACE.test(character)) secret = Array.from(secret).slice(0, -1).join('');
        else if (character >= ' ') secret += character;
      }
    };
    stderr.write(question);
    signal?.addEventListener('abort', onAbort, { once: true });
    stdin.setRawMode(true);
    stdin.on('data', onData);
    stdin.resume();
  });
}
