/** What the person should know, in one line. */

import { counted } from "../domain/words";

/** News of the server are not gone with the next key, which may come before they are read. */
const STAYS_MS = 8_000;

export class News {
  #trouble: string | null = null;
  #reply: string | null = null;
  #opinions = 0;
  #until = 0;

  /** To the last key; the next one ends it. */
  reply(text: string | null): void {
    this.#reply = text;
  }

  /** Until it is over: null. */
  trouble(text: string | null): void {
    this.#trouble = text;
  }

  /** An answer came after that of somebody else, and is kept as an opinion. */
  opinion(now: number): void {
    this.#opinions = now < this.#until ? this.#opinions + 1 : 1;
    this.#until = now + STAYS_MS;
  }

  text(now: number): string | null {
    return this.#trouble ?? this.#reply ?? (now < this.#until ? ofOpinions(this.#opinions) : null);
  }
}

function ofOpinions(count: number): string {
  return count === 1
    ? "Somebody else answered that region first; yours is kept as a second opinion."
    : `Others answered ${counted(count, "region")} first; your answers to them are kept as second opinions.`;
}
