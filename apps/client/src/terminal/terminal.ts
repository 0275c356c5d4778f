import type { ByteSource } from '@holdfast/sdk';
import type { Style } from './style.ts';

/**
 * All that commands know of the terminal. Results go to standard output; everything that only a
 * person wants to read (progress, notices, questions, errors) to standard error.
 */
export interface Terminal {
  /** Whether a person reads standard output, and how wide their window is. */
  readonly outputIsTty: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Whether a person can be asked: standard input and standard error are a terminal. */
  readonly canAsk: boolean;
  /** Whether a progress bar would be seen. */
  readonly showsProgress: boolean;
  /** How text on standard output and on standard error can be marked. */
  readonly style: Style;
  readonly errorStyle: Style;

  /** Writes text to standard output. */
  print(text: string): void;
  /** Writes bytes to standard output; resolves when more may follow. */
  printBytes(bytes: Uint8Array): Promise<void>;
  /** Writes a line to standard error, above a progress bar or the line that is being typed. */
  say(line: string): void;
  /** Draws, redraws or (undefined) removes the line at the bottom of standard error. */
  progress(line: string | undefined): void;
  /** Replaces what `repaint` showed before, for a display that is kept up to date. */
  repaint(text: string): void;
  /** Asks for a line; undefined on an empty line or when the person gives up. */
  ask(question: string, signal?: AbortSignal): Promise<string | undefined>;
  /** The same without showing what is typed. */
  askSecret(question: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Standard input. */
  readonly input: ByteSource;
}
