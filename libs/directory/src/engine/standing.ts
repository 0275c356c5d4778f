import { type ErrorCode, HoldfastError } from '@holdfast/contracts';

/**
 * `starting`: not enough stores have been heard yet. `refused`: serving could break a promise, and
 * somebody has to decide. Both serve nothing.
 */
export type EngineState = 'starting' | 'serving' | 'refused' | 'closed';

/** Why something is not served now. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What the engine serves at this moment, and why it does not serve the rest. */
export class Standing {
  #state: EngineState = 'starting';
  #reads: Refusal | undefined;
  #pause: Refusal | undefined;
  #writes: Refusal | undefined;
  /** Writing is over for this process, whatever the view does. */
  #writesForGood: Refusal | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(reason: string) {
    this.#reads = { code: 'unavailable', message: reason };
  }

  get state(): EngineState {
    return this.#state;
  }

  get writable(): boolean {
    return this.#refusalOfWrites() === undefined;
  }

  /** Empty when everything is served. */
  get reason(): string {
    return this.#refusalOfWrites()?.message ?? '';
  }

  checkRead(): void {
    const refusal = this.#reads ?? this.#pause;
    if (refusal) throw new HoldfastError(refusal.code, refusal.message);
  }

  checkWrite(): void {
    const refusal = this.#refusalOfWrites();
    if (refusal) throw new HoldfastError(refusal.code, refusal.message);
  }

  /** Throws where no store can join any more. */
  checkJoin(): void {
    if (this.#state === 'refused' || this.#state === 'closed') this.checkRead();
  }

  wait(reason: string): void {
    this.#enter('starting', { code: 'unavailable', message: reason });
  }

  serve(): void {
    this.#enter('serving', undefined);
  }

  /** Serves nothing any more. Only closing changes this. */
  refuse(refusal: Refusal): void {
    this.#enter('refused', refusal);
  }

  close(): void {
    this.#enter('closed', { code: 'unavailable', message: 'The directory is shutting down.' });
  }

  /** Serves nothing for a while, whatever the state; undefined: the while is over. */
  pause(reason: string | undefined): void {
    this.#pause = reason === undefined ? undefined : { code: 'unavailable', message: reason };
    this.#tell();
  }

  /** Undefined: writes are served. */
  refuseWrites(refusal: Refusal | undefined): void {
    this.#writes = refusal;
    this.#tell();
  }

  endWrites(refusal: Refusal): void {
    this.#writesForGood ??= refusal;
    this.#tell();
  }

  /** Calls `listener` after each change until the result is disposed. */
  watch(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  #refusalOfWrites(): Refusal | undefined {
    return this.#reads ?? this.#pause ?? this.#writesForGood ?? this.#writes;
  }

  #enter(state: EngineState, reads: Refusal | undefined): void {
    if (this.#state === 'closed' || (this.#state === 'refused' && state !== 'closed')) return;
    this.#state = state;
    this.#reads = reads;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
