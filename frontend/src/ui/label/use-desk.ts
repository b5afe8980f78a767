import { useEffect, useState } from "react";
import { Desk } from "../../state/desk";
import type { Wants } from "../../state/packets";
import { useSession } from "../session";

/** This tab's desk in a project; null until it is open. */
export function useDesk(slug: string, wants: Wants = "regions"): Desk | null {
  const { database, outbox } = useSession();
  const [desk, setDesk] = useState<Desk | null>(null);
  useEffect(() => {
    let opened: Desk | null = null;
    let left = false;
    void Desk.open(database, outbox, slug, wants).then((found) => {
      if (left) return;
      opened = found;
      found.start();
      setDesk(found);
    });
    return () => {
      left = true;
      opened?.stop();
    };
  }, [database, outbox, slug, wants]);
  useEffect(() => {
    if (desk === null) return undefined;
    const touch = () => desk.touch();
    const signs = ["keydown", "pointermove", "pointerdown", "wheel"] as const;
    for (const sign of signs) globalThis.addEventListener(sign, touch, { passive: true });
    return () => {
      for (const sign of signs) globalThis.removeEventListener(sign, touch);
    };
  }, [desk]);
  return desk;
}
