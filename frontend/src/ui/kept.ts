import { counted } from "../domain/words";
import type { Kept } from "../state/database";

/** What becomes of answers of somebody who is not signed in: "3 answers of anna are kept in this browser …". */
export function keptWords({ user_name, count }: Kept): string {
  return `${counted(count, "answer")} of ${user_name} ${kept(count)} when ${user_name} signs in.`;
}

/** The same, said to that person. */
export function ownKeptWords({ count }: Kept): string {
  return `${counted(count, "answer")} ${kept(count)} when you sign in.`;
}

function kept(count: number): string {
  return count === 1 ? "is kept in this browser and is sent" : "are kept in this browser and are sent";
}
