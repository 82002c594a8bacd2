type Waiter = { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void };

/** Those who wait for what becomes of outbox entries. */
export class Waiters {
  readonly #waiters = new Map<number, Waiter>();

  /** Resolves or rejects with the next call for this entry. */
  async wait(id: number): Promise<void> {
    const known = this.#waiters.get(id);
    if (known !== undefined) return known.promise;
    let [resolve, reject]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
    const promise = new Promise<void>((done, fail) => ([resolve, reject] = [done, fail]));
    this.#waiters.set(id, { promise, resolve, reject });
    return promise;
  }

  resolve(id: number): void {
    this.#take(id)?.resolve();
  }

  reject(id: number, error: unknown): void {
    this.#take(id)?.reject(error);
  }

  rejectAll(error: unknown): void {
    for (const id of [...this.#waiters.keys()]) this.reject(id, error);
  }

  #take(id: number): Waiter | undefined {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    return waiter;
  }
}
