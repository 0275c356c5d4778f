import type { MeantCommand } from './meant-command.ts';

/**
 * What may stand where a word begins with `typed`: commands, those of a group, or options; undefined
 * if it is an operand or an option's value.
 */
export function knownWords(
  { declaration, name, open }: MeantCommand,
  typed: string,
): readonly string[] | undefined {
  if (open) return undefined;
  const candidates = typed.startsWith('-') ? optionsOf(declaration) : namesBelow(declaration, name);
  return candidates?.filter((one) => one.startsWith(typed));
}

function optionsOf({ options }: MeantCommand['declaration']): readonly string[] {
  return [...options.map((option) => option.long ?? ''), '--help'];
}

function namesBelow(
  { commands }: MeantCommand['declaration'],
  name: string,
): readonly string[] | undefined {
  if (commands.length === 0) return undefined;
  return [...commands.map((one) => one.name()), ...(name === '' ? ['help'] : [])];
}
