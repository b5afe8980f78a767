/** What the person should know, in one line. */

import type { Saying } from "../words/en";

/** News of the server are not gone with the next key, which may come before they are read. */
const STAYS_MS = 8_000;

export class News {
  #trouble: Saying | null = null;
  #reply: Saying | null = null;
  #opinions = 0;
  #until = 0;
  /** One and the same as long as the number stays: screens compare it. */
  #ofOpinions: Saying | null = null;

  /** To the last key; the next one ends it. */
  reply(said: Saying | null): void {
    this.#reply = said;
  }

  /** Until it is over: null. */
  trouble(said: Saying | null): void {
    this.#trouble = said;
  }

  /** An answer came after that of somebody else, and is kept as an opinion. */
  opinion(now: number): void {
    this.#opinions = now < this.#until ? this.#opinions + 1 : 1;
    this.#until = now + STAYS_MS;
    const number = this.#opinions;
    this.#ofOpinions = ({ label }) => label.notices.secondOpinions(number);
  }

  at(now: number): Saying | null {
    return this.#trouble ?? this.#reply ?? (now < this.#until ? this.#ofOpinions : null);
  }
}
