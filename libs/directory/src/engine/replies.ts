import { type CallNumber, HoldfastError, type OrderedMap } from '@holdfast/contracts';
import { assert, decodeTuple, fromUtf8, prefixEnd, utf8 } from '@holdfast/kernel';
import { engineKey, engineText } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';
import type { StateReader } from './state-reader.ts';
import type { WriteSet } from './write-set.ts';

const TABLE = 'reply';

interface Session {
  answeredBelow: number;
  lastMs: number;
  /** Calls whose values may be kept. */
  readonly numbers: Set<number>;
}

/** What is kept for a call. */
interface Reply {
  readonly format: 1;
  readonly answeredBelow: number;
  readonly timeMs: number;
  /** Absent: undefined. */
  readonly value?: unknown;
}

/**
 * The values of numbered calls, written in the same commit as what the call changed, so that a
 * repetition is answered with the first value even after a crash. They are forgotten when the
 * caller has them, and when the directory has run for a day after its session's last change.
 */
export class Replies {
  /** The session that was quiet for longest comes first. */
  readonly #sessions = new Map<string, Session>();
  /** Kept values of forgotten sessions, to be removed with the next commits. */
  #removable: [session: string, number: number][] = [];

  /**
   * Learns from the map what is kept. Nobody could ask for it while the directory was down, and the
   * clock that says for how long that was may be wrong: every session has its day from `nowMs` on.
   */
  async load(map: OrderedMap, nowMs: number): Promise<void> {
    this.#sessions.clear();
    this.#removable = [];
    const prefix = engineKey(TABLE);
    const to = prefixEnd(prefix);
    const loaded: { name: string; number: number; reply: Reply }[] = [];
    for (let from = prefix; ;) {
      const entries = await map.range({ from, to, limit: ENGINE_LIMITS.replyLoadEntries });
      for (const [key, value] of entries) {
        const [, , name, number] = decodeTuple(key);
        assert(typeof name === 'string' && typeof number === 'number', 'a reply has such a key');
        loaded.push({ name, number, reply: decodeReply(value) });
      }
      const last = entries.at(-1);
      if (!last || entries.length < ENGINE_LIMITS.replyLoadEntries) break;
      from = engineKey(...decodeTuple(last[0]).slice(1), 0);
    }
    loaded.sort((a, b) => a.reply.timeMs - b.reply.timeMs);
    for (const { name, number, reply } of loaded) this.#note(name, number, reply);
    for (const session of this.#sessions.values()) session.lastMs = nowMs;
  }

  /** The value kept for a call, if it was made before. Throws for one that may not be repeated. */
  async find(call: CallNumber, state: StateReader): Promise<{ value: unknown } | undefined> {
    const session = this.#sessions.get(call.session);
    if (!session) return undefined;
    if (call.number < session.answeredBelow) throw answeredBefore(call);
    if (!session.numbers.has(call.number)) return undefined;
    const kept = await state.get(engineText(TABLE, call.session, call.number), decodeReply);
    return kept && { value: kept.value };
  }

  /** Keeps a call's value with its changes, and removes what nobody will ask for any more. */
  keep(call: CallNumber, value: unknown, timeMs: number, changes: WriteSet): void {
    const { answeredBelow } = call;
    const before = this.#sessions.get(call.session);
    if (before && before.numbers.size >= ENGINE_LIMITS.sessionReplies) {
      this.#dropAnswered(call.session, before, answeredBelow, changes);
      if (before.numbers.size >= ENGINE_LIMITS.sessionReplies) throw tooManyUnanswered();
    }
    const reply: Reply = { format: 1, answeredBelow, timeMs, value };
    changes.set(engineText(TABLE, call.session, call.number), utf8(JSON.stringify(reply)));
    const session = this.#note(call.session, call.number, reply);
    this.#dropAnswered(call.session, session, session.answeredBelow, changes);
    this.#forgetQuiet(timeMs);
    for (const [name, number] of this.#removable.splice(0, ENGINE_LIMITS.repliesRemovedAtOnce)) {
      changes.set(engineText(TABLE, name, number), undefined);
    }
  }

  #note(name: string, number: number, { answeredBelow, timeMs }: Reply): Session {
    const session = this.#sessions.get(name) ?? {
      answeredBelow,
      lastMs: timeMs,
      numbers: new Set(),
    };
    session.answeredBelow = Math.max(session.answeredBelow, answeredBelow);
    session.lastMs = Math.max(session.lastMs, timeMs);
    session.numbers.add(number);
    this.#sessions.delete(name);
    this.#sessions.set(name, session);
    return session;
  }

  #dropAnswered(name: string, session: Session, below: number, changes: WriteSet): void {
    for (const number of session.numbers) {
      if (number >= below) continue;
      session.numbers.delete(number);
      changes.set(engineText(TABLE, name, number), undefined);
    }
  }

  #forgetQuiet(nowMs: number): void {
    for (const [name, session] of this.#sessions) {
      const quiet = nowMs - session.lastMs > ENGINE_LIMITS.replyTtlMs;
      if (!quiet && this.#sessions.size <= ENGINE_LIMITS.replySessions) return;
      this.#sessions.delete(name);
      for (const number of session.numbers) this.#removable.push([name, number]);
    }
  }
}

function decodeReply(bytes: Uint8Array): Reply {
  return JSON.parse(fromUtf8(bytes)) as Reply;
}

function answeredBefore(call: CallNumber): HoldfastError {
  return new HoldfastError(
    'invalid-request',
    `Call ${call.number} of this session was answered before, and its caller said so. ` +
      'Make a new call instead.',
  );
}

function tooManyUnanswered(): HoldfastError {
  return new HoldfastError(
    'limit-exceeded',
    `This session has ${ENGINE_LIMITS.sessionReplies} changing calls whose answers it has not ` +
      'confirmed. Wait for some of them.',
  );
}
