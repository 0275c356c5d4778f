import * as z from 'zod';
import { ALL_CONTRACTS } from '../../support/all-contracts.ts';
import type { Seeded } from '../../support/seeded.ts';

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** A remote method as an attacker finds it in the published contracts. */
export interface KnownMethod {
  readonly name: string;
  readonly params: JsonSchema;
}

const STRINGS = [
  '',
  '/',
  '/shared',
  '/home/admin',
  '/shared/../home',
  '/shared/fuzz-a',
  '/shared/fuzz-b/c',
  'admin',
  'server-1',
  '__proto__',
  'constructor',
  '\u0000',
  '\ud800',
  'a\u0301',
  '0'.repeat(32),
  'f'.repeat(64),
  'x'.repeat(5_000),
];

const NUMBERS = [0, 1, -1, 2, 4_096, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308];

/** Would end the login that attackers share. */
const LEFT_OUT = 'session.logout';

export const METHODS: readonly KnownMethod[] = ALL_CONTRACTS.flatMap(({ name, methods }) =>
  Object.entries(methods).map(([method, { params }]) => ({
    name: `${name}.${method}`,
    params: z.toJSONSchema(params, { unrepresentable: 'any', io: 'input' }) as JsonSchema,
  })),
).filter(({ name }) => name !== LEFT_OUT);

/** Parameters of the right shape, more often than not, with values from the edges. */
export function guessParams(schema: JsonSchema, random: Seeded): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  if (schema.anyOf) return guessParams(random.pick(schema.anyOf), random);
  switch (schema.type) {
    case 'string':
      return random.pick(STRINGS);
    case 'boolean':
      return random.below(2) === 0;
    case 'integer':
    case 'number':
      return random.pick(NUMBERS);
    case 'array':
      return Array.from({ length: random.below(4) }, () => guessParams(schema.items ?? {}, random));
    case 'object':
      return guessMembers(schema, random);
    default:
      return guessAttachment(random);
  }
}

function guessMembers({ properties = {}, required = [] }: JsonSchema, random: Seeded): object {
  const members: [string, unknown][] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const leftOut = random.below(required.includes(name) ? 20 : 2) === 1;
    if (!leftOut) members.push([name, guessParams(schema, random)]);
  }
  return Object.fromEntries(members);
}

/** What does not travel in JSON is announced there, and follows in frames. Here it mostly does not. */
function guessAttachment(random: Seeded): unknown {
  const stream = random.below(70_000);
  const length = random.pick([0, 1, 1_000, 4_194_304, 2 ** 40, -1]);
  return random.pick([{ $bytes: stream, length }, { $stream: stream }, { $items: stream }, null]);
}
