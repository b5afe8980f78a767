/** Trying again, later and later. */

const DELAYS_MS = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

export class Backoff {
  readonly #work: () => void;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: () => void) {
    this.#work = work;
  }

  /** Once more after a while. Only what was tried for want of anything better makes the next while longer. */
  later(): void {
    this.cancel();
    const delay = DELAYS_MS[Math.min(this.#failures, DELAYS_MS.length - 1)];
    this.#timer = setTimeout(() => {
      this.#failures += 1;
      this.#work();
    }, delay);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  /** It went well. */
  reset(): void {
    this.#failures = 0;
  }
}
