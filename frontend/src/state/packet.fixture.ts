/** Packets for unit tests. */

import type { LeasedQuery, PacketView } from "../api/types";

const BOX = { x: 0, y: 0, width: 3, height: 1 };

function query(id: string): LeasedQuery {
  return {
    id,
    image_id: "image",
    image_name: "image.png",
    image_width: 32,
    image_height: 32,
    rank: 0,
    unit: "window",
    box: BOX,
    region: null,
    close_up_url: `/close/${id}`,
    close_up_box: BOX,
    context_url: `/context/${id}`,
    context_box: BOX,
    revision: 0,
    suggestion: { classes: [], label_map: null, hidden: false },
    why: {
      score: 0,
      impurity: 0,
      entropy: 0,
      classes: [],
      rank: 0,
      selection_probability: null,
      acquisition_version: 2,
    },
  };
}

/** A packet of queries that are named so. */
export function packetOf(id: string, ...ids: string[]): PacketView {
  const queries = ids.map(query);
  return {
    packet_id: id,
    lease_token: `token of ${id}`,
    expires_at: "",
    round_id: `round of ${id}`,
    queries,
  };
}
