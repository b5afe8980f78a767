import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from "react";
import { Outlet } from "react-router";
import { me } from "../api/auth";
import * as labelling from "../api/labelling";
import type { UserView } from "../api/types";
import { Database } from "../state/database";
import { Outbox } from "../state/outbox";
import { keys, meQuery } from "../state/queries";
import { onSignIn } from "../state/sign-in";
import { useWords } from "../words/use-words";
import { SignInPage } from "./sign-in-page";
import { Failed, Loading } from "./states";

interface Session {
  readonly user: UserView;
  readonly database: Database;
  readonly outbox: Outbox;
}

const SessionContext = createContext<Session | null>(null);

/** The person at work, and what this browser keeps for them. Below `SignedIn` only. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error("This part of the page is for people who are signed in.");
  return session;
}

/** Shows its routes to people who are signed in; asks others to sign in, at the same address. */
export function SignedIn() {
  const { session: words } = useWords();
  const { data: user, error, refetch } = useQuery(meQuery);
  const [last, setLast] = useState<UserView | null>(null);
  if (user !== undefined && user !== null && user.id !== last?.id) setLast(user);
  // All tabs of a browser have one session: somebody may have come in by another one.
  useEffect(() => onSignIn(() => void refetch()), [refetch]);
  if (user === null) return <SignInPage before={last} />;
  if (user !== undefined) {
    return (
      <WithOutbox key={user.id} user={user}>
        <Outlet />
      </WithOutbox>
    );
  }
  if (error !== null) return <Failed title={words.noAnswer} error={error} retry={() => void refetch()} />;
  return <Loading what="your session" />;
}

function WithOutbox({ user, children }: { user: UserView; children: ReactNode }) {
  const { session: words, states } = useWords();
  const client = useQueryClient();
  const [kept, setKept] = useState<Omit<Session, "user"> | null>(null);
  const [error, setError] = useState<unknown>(null);
  // What else is known of the person may come later, and changes nothing of what is kept for them.
  const { id, name } = user;
  useEffect(() => {
    let stop: (() => void) | null = null;
    let ended = false;
    void Database.open().then((database) => {
      if (ended) return database.close();
      const post = { put: labelling.putAnswer, undo: labelling.undoAnswer, me };
      const outbox = new Outbox(database, { id, name }, post, (now) => client.setQueryData(keys.me, now));
      outbox.start();
      setKept({ database, outbox });
      stop = () => {
        void outbox.stop().finally(() => database.close());
      };
    }, setError);
    return () => {
      ended = true;
      stop?.();
    };
  }, [client, id, name]);
  const session = useMemo(() => (kept === null ? null : { ...kept, user }), [kept, user]);
  if (error !== null) {
    return (
      <Failed
        title={words.noStorage}
        error={new Error(words.allowStorage)}
        retry={() => globalThis.location.reload()}
        action={states.loadAgain}
      />
    );
  }
  return session === null ? (
    <Loading what="your answers" />
  ) : (
    <SessionContext value={session}>{children}</SessionContext>
  );
}
