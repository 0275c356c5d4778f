/** Owns resources that were acquired one after the other, and gives them back in reverse order. */
export class Disposer implements AsyncDisposable {
  readonly #tasks: (() => Promise<void> | void)[] = [];

  /** Takes over `resource`, and returns it. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.defer(() =>
      Symbol.asyncDispose in resource
        ? Promise.resolve(resource[Symbol.asyncDispose]())
        : resource[Symbol.dispose](),
    );
    return resource;
  }

  /** Runs `task` when its turn comes. */
  defer(task: () => Promise<void> | void): void {
    this.#tasks.push(task);
  }

  /** Runs all tasks, the newest first, also when some fail; then rejects with the first failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) {
      try {
        await task();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
