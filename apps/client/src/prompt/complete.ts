import type { Command, OperandKind } from '../commands/command.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { safeText } from '../display/safe-text.ts';
import { CLIENT_LIMITS } from '../limits.ts';
import type { Place } from '../place.ts';
import { knownWords } from './known-words.ts';
import { meantCommand, type MeantCommand } from './meant-command.ts';
import { namesForTab, type Candidate } from './names-for-tab.ts';
import { quoteWord, splitLine } from './tokenize.ts';

export interface CompletionParts {
  readonly commands: readonly Command[];
  readonly connections: ClusterAccess;
  readonly place: Place;
}

/** What Tab offers for a line: completions of its last word, and the part that they replace. */
export async function completeLine(
  line: string,
  { commands, connections, place }: CompletionParts,
): Promise<[string[], string]> {
  const { words, last } = splitLine(line);
  const typed = line.slice(last.start);
  const before = typed === '' ? words : words.slice(0, -1);
  const isHelp = before[0] === 'help';
  const meant = meantCommand(commands, isHelp ? before.slice(1) : before);
  if (!meant) return [[], typed];
  const known = knownWords(meant, last.text);
  if (known) {
    // Of help itself there is no help.
    const offered = known.filter((one) => !isHelp || one !== 'help');
    return [offered.map((one) => `${one} `), typed];
  }
  if (isHelp) return [[], typed];
  const slash = last.text.lastIndexOf('/') + 1;
  const [folder, prefix] = [last.text.slice(0, slash), last.text.slice(slash)];
  const clusterFolder = meant.values.get('--data');
  const client = connections.current;
  const names = await namesForTab(kindOf(commands, meant), {
    client,
    place,
    folder,
    clusterFolder,
  });
  const found = names
    .filter(({ name }) => name.startsWith(prefix) && (prefix !== '' || !name.startsWith('.')))
    // Offering one would send what it contains to the terminal; a pattern names it safely.
    .filter(({ name }) => safeText(name) === name)
    .slice(0, CLIENT_LIMITS.completions);
  const open = typed[0] === "'" || typed[0] === '"' ? typed[0] : '';
  const quote = open === last.quote ? last.quote : '';
  const only = found.length === 1;
  return [
    found.map((one) => `${quote}${quoteWord(folder + one.name, quote)}${ending(one, quote, only)}`),
    typed,
  ];
}

function ending({ folder }: Candidate, quote: string, only: boolean): string {
  if (folder) return '/';
  return only ? `${quote} ` : '';
}

/** What the values of options name, by the word that help shows for them. */
const VALUE_KINDS: Readonly<Record<string, OperandKind>> = {
  folder: 'local-folder',
  file: 'local',
  user: 'user',
};

function kindOf(commands: readonly Command[], { name, operands, open }: MeantCommand): OperandKind {
  if (open) return VALUE_KINDS[/<(\w+)>/.exec(open.flags)?.[1] ?? ''] ?? 'none';
  const [first = '', below = ''] = name.split(' ');
  const kinds =
    commands.find((one) => one.name === name)?.operands ??
    commands.find((one) => one.name === first && one.operandsBelow)?.operandsBelow?.[below];
  return kinds?.[operands] ?? kinds?.at(-1) ?? 'none';
}
