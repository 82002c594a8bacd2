/** A kind of moment, for example that an answer arrives, at which something can be done at once. */
export class Moment {
  #act: (() => void) | undefined;

  /** It is now: does what waits for it, before anything else runs. */
  come(): void {
    const act = this.#act;
    this.#act = undefined;
    act?.();
  }

  /** Starts something when the moment comes the next time, or when it has not come in time. One waits at a time. */
  async next<Result>(start: () => Promise<Result>, withinMs: number): Promise<Result> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.come();
      }, withinMs);
      this.#act = () => {
        clearTimeout(timer);
        resolve(start());
      };
    });
  }
}
