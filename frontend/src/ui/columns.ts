/** How many of these, which flow in rows, stand in one. */
export function columnsOf(elements: Iterable<Element>): number {
  const tops = [...elements].map((element) => element.getBoundingClientRect().top);
  return Math.max(1, tops.filter((top) => top === tops[0]).length);
}
