import type { Seeded } from '../../support/seeded.ts';
import type { Attack } from './attack.ts';
import { guessParams, METHODS } from './guess-params.ts';
import { RawConnection } from './raw-connection.ts';

const CALLS = 40;
const ODD_IDS = [null, {}, [], '', -1, 1.5, 'x'.repeat(10_000), true];
const ODD_VERSIONS = ['1.0', 2, null, ''];

/** Calls of all published methods, with parameters that are nearly right, some broken as texts. */
export const mangledCalls: Attack = {
  name: 'mangled calls',
  round: async (target, random, tally) => {
    await using connection = await RawConnection.open(target, tally);
    if (!connection) return;
    for (let call = 0; call < CALLS; call++) connection.sendText(mangle(makeCall(random), random));
    await connection.answers(CALLS / 2);
  },
};

function makeCall(random: Seeded): object {
  const { name, params } = random.pick(METHODS);
  return {
    jsonrpc: random.below(20) === 0 ? random.pick(ODD_VERSIONS) : '2.0',
    id: random.below(10) === 0 ? random.pick(ODD_IDS) : random.below(1_000_000),
    method: random.below(20) === 0 ? `${name}x` : name,
    params: guessParams(params, random),
    meta: random.below(2) === 0 ? makeMeta(random) : undefined,
  };
}

function makeMeta(random: Seeded): object {
  const number = (): unknown => random.pick([0, 1, 2, -1, 2 ** 53, 'x', null, {}]);
  return {
    number: number(),
    answeredBelow: number(),
    timeoutMs: number(),
    correlationId: number(),
  };
}

/** Texts of which one in four is no JSON, is deep, is a batch, or carries keys of every object. */
function mangle(call: object, random: Seeded): string {
  const text = JSON.stringify(call);
  switch (random.below(12)) {
    case 0:
      return text.slice(0, random.below(text.length));
    case 1: {
      const at = random.below(text.length);
      return text.slice(0, at) + String.fromCharCode(random.below(0xffff)) + text.slice(at + 1);
    }
    case 2:
      return `${'['.repeat(random.below(2_000))}${text}`;
    case 3:
      return text.replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{}},');
    case 4:
      return `[${Array(random.below(100)).fill(text).join(',')}]`;
    case 5:
      return text.replace(
        '"params":{',
        `"params":{"deep":${'{"a":'.repeat(60)}1${'}'.repeat(60)},`,
      );
    default:
      return text;
  }
}
