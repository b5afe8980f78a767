import { useEffect, useState } from "react";
import type { Waiting } from "../../state/told";
import { useSession } from "../session";

/** What waits in this browser to be sent, as it comes and goes; null until it is read. */
export function useWaiting(slug: string): Waiting | null {
  const { database, outbox, user } = useSession();
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  useEffect(() => {
    let isOver = false;
    const read = async () => {
      const [entries, desks] = await Promise.all([database.entries(), database.desks(user.id, slug)]);
      if (isOver) return;
      setWaiting({
        entries: entries.filter(({ user_id }) => user_id === user.id),
        items: desks.flatMap(({ held }) => [...held.done, ...held.todo]),
      });
    };
    void read();
    const stop = outbox.subscribe(() => void read());
    return () => {
      isOver = true;
      stop();
    };
  }, [database, outbox, user.id, slug]);
  return waiting;
}
