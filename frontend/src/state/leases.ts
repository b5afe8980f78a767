import { heartbeat } from "../api/labelling";
import { isProblem } from "../api/problem";
import type { Lease } from "./held";

/** Keep a lease: the queries that it still holds; null where the server did not say. */
export async function stillOpen({ packet_id, lease_token }: Lease): Promise<readonly string[] | null> {
  try {
    return (await heartbeat(packet_id, lease_token)).open_query_ids;
  } catch (error) {
    return isProblem(error, "not_found", "forbidden") ? [] : null; // else the next beat may come through
  }
}
