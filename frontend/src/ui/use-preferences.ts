import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { putPreferences } from "../api/auth";
import type { Preferences } from "../api/types";
import { keys, preferencesQuery, UNCHANGED } from "../state/queries";
import { useSession } from "./session";

interface Kept {
  readonly preferences: Preferences;
  /** Changes what is given, here at once and on the server. */
  readonly change: (what: Partial<Preferences>) => void;
  /** Why the server does not have the last change; null: it has, or will. */
  readonly error: Error | null;
}

/** How the app behaves for the person at work. Below `SignedIn` only. */
export function usePreferences(): Kept {
  const { user } = useSession();
  const client = useQueryClient();
  const { data = UNCHANGED } = useQuery(preferencesQuery(user.id));
  const save = useMutation({ mutationFn: putPreferences });
  return {
    preferences: data,
    change: (what) => {
      const changed = { ...data, ...what };
      client.setQueryData(keys.preferences(user.id), changed);
      save.mutate(changed);
    },
    error: save.error,
  };
}
