import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Desk, Said } from "../../state/desk";
import type { Delivery } from "../../state/outbox";
import { myAnswersQuery } from "../../state/queries";
import { afterReceipt, toldOf, type Told } from "../../state/told";
import type { Saying } from "../../words/en";
import { useSession } from "../session";
import { useWaiting } from "./use-waiting";

export interface Answers {
  /** null: not read yet. */
  readonly told: readonly Told[] | null;
  readonly error: unknown;
  readonly retry: () => void;
  /** What became of a change, where it was not taken. */
  readonly trouble: Saying | null;
  readonly dismiss: () => void;
  /** So many were changed on this visit. */
  readonly numChanged: number;
  readonly change: (told: Told, said: Said, seconds: number) => void;
}

/** One's own answers here, with what was changed just now; a change goes out as every answer does. */
export function useAnswers(slug: string, desk: Desk | null): Answers {
  const { outbox } = useSession();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(myAnswersQuery(slug));
  const waiting = useWaiting(slug);
  const [own, setOwn] = useState<ReadonlyMap<string, Said>>(new Map());
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const [trouble, setTrouble] = useState<Saying | null>(null);
  const dismiss = useCallback(() => setTrouble(null), []);
  useEffect(() => {
    const { queryKey } = myAnswersQuery(slug);
    const readAnew = () => void client.invalidateQueries({ queryKey });
    const delivered = (delivery: Delivery) => {
      const { entry } = delivery;
      if ("refusal" in delivery) {
        if (entry.lease_token === null) setTrouble(() => troubleOf(delivery.refusal.code));
        setChanged((old) => new Set([...old].filter((queryId) => queryId !== entry.query_id)));
        readAnew();
      } else {
        const { receipt } = delivery;
        const there = client.getQueryData(queryKey)?.some(({ query }) => query.id === entry.query_id);
        if (there === true && entry.answer !== null && "kept_as" in receipt) {
          const { answer } = entry;
          const now = new Date().toISOString();
          client.setQueryData(queryKey, (old) => old && afterReceipt(old, receipt, answer, now));
        } else readAnew();
      }
      setOwn((old) => new Map([...old].filter(([queryId]) => queryId !== entry.query_id)));
    };
    return outbox.onDelivery(delivered);
  }, [client, outbox, slug]);
  const told = useMemo(
    () => (data === undefined || waiting === null ? null : toldOf(data, waiting, own)),
    [data, waiting, own],
  );
  return {
    told,
    error,
    retry: () => void refetch(),
    trouble,
    dismiss,
    numChanged: changed.size,
    change: ({ query }, said, seconds) => {
      setOwn((old) => new Map([...old, [query.id, said]]));
      setChanged((old) => new Set([...old, query.id]));
      desk?.reanswer(query.id, said, { seconds, revision: query.revision });
    },
  };
}

/** null: the bar says it. */
function troubleOf(code: string): Saying | null {
  switch (code) {
    case "stale_revision":
      return ({ review }) => review.changedElsewhere;
    case "illegal_transition":
      return ({ review }) => review.roundClosed;
    default:
      return null;
  }
}
