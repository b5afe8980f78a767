/** Working time on one region: the time between signs of life, of which a pause counts only its first seconds. */

export const IDLE_SECONDS = 15;

export class ActiveClock {
  #seconds: number;
  #last: number;

  /** `seconds` spent on the region before; `now` in ms. */
  constructor(now: number, seconds = 0) {
    this.#seconds = seconds;
    this.#last = now;
  }

  /** A sign of life at `now` ms. */
  touch(now: number): void {
    this.#seconds = this.read(now);
    this.#last = now;
  }

  /** Active seconds up to `now` ms. */
  read(now: number): number {
    return this.#seconds + Math.min(Math.max(0, now - this.#last) / 1000, IDLE_SECONDS);
  }
}
