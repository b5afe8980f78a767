import { Button, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type SyntheticEvent } from "react";
import { useLocation, useNavigate } from "react-router";
import { redeemLink, signIn } from "../api/auth";
import { messageOf } from "../api/problem";
import type { UserView } from "../api/types";
import { keptQuery, keys } from "../state/queries";
import { tellSignIn } from "../state/sign-in";
import { useWords } from "../words/use-words";
import { Loading } from "./states";

/**
 * Sign in by password, or at once by the token of a one-time link, which leaves the address bar first. `before` was
 * signed in on this page until now.
 */
export function SignInPage({ before = null }: { before?: UserView | null }) {
  const { signIn: signInWords } = useWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const [token] = useState(() => (pathname === "/sign-in" ? new URLSearchParams(search).get("token") : null));
  const link = useQuery({
    queryKey: ["sign-in-link", token],
    queryFn: () => redeemLink(token ?? ""),
    enabled: token !== null,
    retry: false,
    staleTime: Infinity,
  });
  const login = useMutation({
    mutationFn: (data: FormData) => signIn(textOf(data, "email"), textOf(data, "password")),
  });
  const user = link.data ?? login.data;

  useEffect(() => {
    if (user === undefined) return;
    client.setQueryData(keys.me, user);
    tellSignIn();
    void client.invalidateQueries({
      predicate: ({ queryKey }) => queryKey[0] !== "me" && queryKey[0] !== "sign-in-link",
    });
    if (pathname === "/sign-in") void navigate("/", { replace: true });
  }, [user, client, navigate, pathname]);

  useEffect(() => {
    if (token !== null && search !== "") void navigate("/sign-in", { replace: true });
  }, [token, search, navigate]);

  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    login.mutate(new FormData(event.currentTarget));
  };
  if (link.isLoading) return <Loading what="your session" />;
  const error = login.error ?? link.error;
  return (
    <Stack flex={1} align="center" justify="center" p="md">
      <form className="panel" style={{ width: 340 }} onSubmit={submit}>
        <Stack gap="md" p="xs">
          <div>
            <Title order={1}>stal</Title>
            <Why before={before} />
          </div>
          <TextInput
            label={signInWords.email}
            name="email"
            type="text"
            autoComplete="username"
            required
            defaultValue={before?.email}
            data-autofocus
            autoFocus
          />
          <PasswordInput
            label={signInWords.password}
            name="password"
            autoComplete="current-password"
            required
            visibilityToggleButtonProps={{ "aria-label": signInWords.showPassword }}
          />
          {error !== null && (
            <Text className="bad" role="alert">
              {messageOf(error)}
            </Text>
          )}
          <Button type="submit" loading={login.isPending}>
            {signInWords.submit}
          </Button>
          <Text size="xs" className="quiet">
            {signInWords.noPassword}
          </Text>
        </Stack>
      </form>
    </Stack>
  );
}

/** Why one is asked, and what this browser keeps meanwhile, and of whom. */
function Why({ before }: { before: UserView | null }) {
  const { outbox, signIn: signInWords } = useWords();
  const { data: kept = [] } = useQuery(keptQuery);
  const own = kept.find(({ user_id }) => user_id === before?.id);
  const others = kept.filter((one) => one !== own);
  return (
    <Text component="div" className="quiet" role="status" data-testid="why-sign-in">
      {before === null ? signInWords.lead : signInWords.ended}
      {own !== undefined && ` ${outbox.ownKept(own.count)}`}
      {others.map((one) => (
        <div key={one.user_id}>{outbox.keptOf(one.user_name, one.count)}</div>
      ))}
    </Text>
  );
}

function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value : "";
}
