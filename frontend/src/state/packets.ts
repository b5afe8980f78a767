/** Leases packets of one project and keeps their leases. */

import { giveBack, heartbeat, leasePacket } from "../api/labelling";
import { isProblem, messageOf } from "../api/problem";
import type { PacketView } from "../api/types";
import type { Lease } from "./held";

const PACKET_SIZE = 10;
export const SHEET_SIZE = 24;
/** A sheet holds what the teacher is at least so sure of. */
export const SURE = 0.9;

/** What a desk leases: regions to answer one by one, or those of one class to verify at a glance. */
export type Wants = "regions" | "sheets";

export class Packets {
  readonly wants: Wants;
  /** The class to verify next; null: that with most to verify. */
  classId: number | null = null;
  readonly #slug: string;
  readonly #onSignedOut: () => void;
  #leasing = false;
  #exhausted = false;
  #error: string | null = null;
  #stopped = false;

  constructor(slug: string, wants: Wants, onSignedOut: () => void) {
    this.wants = wants;
    this.#slug = slug;
    this.#onSignedOut = onSignedOut;
  }

  /** Whether another packet is worth asking for now. */
  get mayLease(): boolean {
    return !this.#leasing && !this.#exhausted;
  }

  /** Why none came. */
  get error(): string | null {
    return this.#error;
  }

  /** What it means that nothing is held. */
  get whyNone(): "empty" | "failed" | "loading" {
    if (this.#exhausted) return "empty";
    return this.#error !== null && !this.#leasing ? "failed" : "loading";
  }

  /** Nobody is here any more: a packet that is still on its way goes back, for the next desk would not know of it. */
  stop(): void {
    this.#stopped = true;
  }

  /** There may be something to lease again. */
  hope(): void {
    this.#exhausted = false;
  }

  /** Let others have what is left of a packet; if that cannot be said, its lease runs out by itself. */
  async giveBack({ packet_id, lease_token }: Pick<Lease, "packet_id" | "lease_token">): Promise<void> {
    await giveBack(packet_id, lease_token).catch(() => undefined);
  }

  /** The next packet; null where none is free or none came. */
  async lease(): Promise<PacketView | null> {
    this.#leasing = true;
    try {
      const packet =
        this.wants === "sheets"
          ? await leasePacket(this.#slug, SHEET_SIZE, { min_probability: SURE, class_id: this.classId })
          : await leasePacket(this.#slug, PACKET_SIZE);
      this.#exhausted = packet === null;
      this.#error = null;
      if (packet === null || !this.#stopped) return packet;
      await this.giveBack(packet);
      return null;
    } catch (problem) {
      if (isProblem(problem, "unauthenticated")) this.#onSignedOut();
      this.#error = messageOf(problem);
      return null;
    } finally {
      this.#leasing = false;
    }
  }
}

/** Keep a lease: the queries that it still holds; null where the server did not say. */
export async function stillOpen({ packet_id, lease_token }: Lease): Promise<readonly string[] | null> {
  try {
    return (await heartbeat(packet_id, lease_token)).open_query_ids;
  } catch (error) {
    return isProblem(error, "not_found", "forbidden") ? [] : null; // else the next beat may come through
  }
}
