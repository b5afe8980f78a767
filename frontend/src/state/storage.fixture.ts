/** What Node lacks of a browser, for unit tests. */

/** Session storage on top of a map, which outlives a page as a map does. */
export function sessionStorageOf(map: Map<string, string>) {
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
}
