/** Crops fetched and decoded before they are needed, so that the next region is on screen at once. */

import { decode } from "../workers/client";

export type Shelved = ImageBitmap | "loading" | "failed";

export class ImageShelf {
  readonly #shelf = new Map<string, Shelved>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get(url: string): Shelved {
    return this.#shelf.get(url) ?? "loading";
  }

  /** Whether something wanted did not come. */
  get hasFailed(): boolean {
    return [...this.#shelf.values()].includes("failed");
  }

  /** Hold exactly these, the first first; what failed before is tried again. */
  want(urls: readonly string[]): void {
    const wanted = new Set(urls);
    for (const [url, shelved] of this.#shelf) {
      if (wanted.has(url)) continue;
      if (typeof shelved === "object") shelved.close();
      this.#shelf.delete(url);
    }
    for (const url of wanted) {
      const shelved = this.#shelf.get(url);
      if (shelved === undefined || shelved === "failed") void this.#load(url);
    }
  }

  async #load(url: string): Promise<void> {
    this.#shelf.set(url, "loading");
    let loaded: Shelved;
    try {
      loaded = await decode(url);
    } catch {
      loaded = "failed"; // shown as such; wanted again on the next step, or when the network is back
    }
    if (!this.#shelf.has(url)) {
      if (typeof loaded === "object") loaded.close();
      return;
    }
    this.#shelf.set(url, loaded);
    for (const listener of this.#listeners) listener();
  }
}
