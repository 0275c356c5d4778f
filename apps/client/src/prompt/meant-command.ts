import { Command as Declaration, type Option } from 'commander';
import type { Command } from '../commands/command.ts';

/** What the finished words of a line mean. */
export interface MeantCommand {
  readonly declaration: Declaration;
  /** With the name of its group, such as `server retire`; empty before the first word. */
  readonly name: string;
  /** How many operands it has so far. */
  readonly operands: number;
  /** The option whose value comes next. */
  readonly open: Option | undefined;
  /** Values of options so far, by long name. */
  readonly values: ReadonlyMap<string, string>;
}

/** The command that `words` begin; undefined where they name none. */
export function meantCommand(
  commands: readonly Command[],
  words: readonly string[],
): MeantCommand | undefined {
  let declaration = new Declaration();
  const atPrompt = commands.filter(({ only }) => only !== 'shell');
  for (const command of atPrompt) command.declare(declaration, () => async () => {});
  const names: string[] = [];
  const values = new Map<string, string>();
  let operands = 0;
  let open: Option | undefined;
  let optionsEnded = false;
  for (const word of words) {
    if (open) {
      values.set(open.long ?? '', word);
      open = undefined;
    } else if (word === '--') {
      optionsEnded = true;
    } else if (/^-./.test(word) && !optionsEnded) {
      open = optionOf(declaration, word);
    } else if (declaration.commands.length === 0) {
      operands++;
    } else {
      const found = declaration.commands.find((one) => [one.name(), one.alias()].includes(word));
      if (!found) return undefined;
      declaration = found;
      names.push(found.name());
    }
  }
  return { declaration, name: names.join(' '), operands, open, values };
}

/** The option that `word` names, if its value is the next word. */
function optionOf({ options }: Declaration, word: string): Option | undefined {
  const found = options.find((option) => option.long === word || option.short === word);
  return found?.required ? found : undefined;
}
