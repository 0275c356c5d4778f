import { sourceOfBytes, type ByteSource } from '@holdfast/sdk';
import { PLAIN, type Style } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** A terminal that remembers what was shown, and answers questions as it was told to. */
export class FakeTerminal implements Terminal {
  readonly outputIsTty = false;
  readonly columns = 80;
  readonly rows = 24;
  canAsk = false;
  readonly showsProgress = false;
  readonly style: Style = PLAIN;
  readonly errorStyle: Style = PLAIN;
  input: ByteSource = sourceOfBytes(new Uint8Array());
  /** Standard output and standard error so far. */
  output = '';
  said = '';
  /** Answers to the next questions; an empty one is an empty line. */
  answers: string[] = [];

  print(text: string): void {
    this.output += text;
  }

  printBytes(bytes: Uint8Array): Promise<void> {
    this.output += Buffer.from(bytes).toString('latin1');
    return Promise.resolve();
  }

  say(line: string): void {
    this.said += `${line}\n`;
  }

  progress(): void {}

  repaint(text: string): void {
    this.output = text;
  }

  ask(question: string): Promise<string | undefined> {
    this.said += `${question}\n`;
    return Promise.resolve(this.answers.shift() || undefined);
  }

  askSecret(question: string): Promise<string | undefined> {
    return this.ask(question);
  }
}
