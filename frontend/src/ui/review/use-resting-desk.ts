import { useEffect, useState } from "react";
import { Desk } from "../../state/desk";
import { useSession } from "../session";

/** This tab's desk in a project, at which nobody works: it leases nothing, and keeps what is said here. */
export function useRestingDesk(slug: string): Desk | null {
  const { database, outbox } = useSession();
  const [desk, setDesk] = useState<Desk | null>(null);
  useEffect(() => {
    let isOver = false;
    void Desk.open(database, outbox, slug).then((found) => {
      if (!isOver) setDesk(found);
    });
    return () => {
      isOver = true;
    };
  }, [database, outbox, slug]);
  return desk;
}
