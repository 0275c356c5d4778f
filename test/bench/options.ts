import { parseArgs } from 'node:util';
import { ROWS } from './rows/all-rows.ts';

export interface BenchOptions {
  /** Names of rows; all of them where there are none. */
  readonly only: readonly string[];
  /** The JSON of an earlier run to compare with. */
  readonly compare: string | undefined;
  /** Sizes that show in seconds that everything works; the figures mean nothing. */
  readonly tiny: boolean;
  readonly repeat: number;
  readonly json: string;
  /** Where the data goes; it is removed at the end. */
  readonly folder: string | undefined;
  /** Record where each process spends its time. */
  readonly profile: boolean;
  readonly help: boolean;
}

export const USAGE: string = `Usage: npm run bench -- [OPTION]…

  --only NAME      run this row only; may be given several times
  --compare FILE   compare with the JSON of an earlier run
  --repeat N       repetitions of each row (3)
  --json FILE      where the figures go (dist/bench.json)
  --folder DIR     where the data goes: a folder on a real disk
  --tiny           tiny sizes, to see that everything works
  --profile        record where each process spends its time (dist/profile/)

Rows:
${ROWS.map(({ name, about }) => `  ${name.padEnd(15)}  ${about}\n`).join('')}`;

/** What the command line asks for, or what is wrong with it. */
export function readOptions(args: readonly string[]): BenchOptions | string {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const repeat = Number(values.repeat ?? (values.tiny ? 1 : 3));
    if (!Number.isInteger(repeat) || repeat < 1) return '--repeat wants a number from 1 on.';
    const unknown = values.only?.find((name) => !ROWS.some((row) => row.name === name));
    if (unknown !== undefined) return `There is no row "${unknown}".`;
    return {
      only: values.only ?? [],
      compare: values.compare,
      tiny: values.tiny ?? false,
      repeat,
      json: values.json ?? (values.tiny ? 'dist/bench-tiny.json' : 'dist/bench.json'),
      folder: values.folder,
      profile: values.profile ?? false,
      help: values.help ?? false,
    };
  } catch (error) {
    return (error as Error).message;
  }
}

const OPTIONS = {
  only: { type: 'string', multiple: true },
  compare: { type: 'string' },
  tiny: { type: 'boolean' },
  repeat: { type: 'string' },
  json: { type: 'string' },
  folder: { type: 'string' },
  profile: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
