import { Button, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type SyntheticEvent } from "react";
import { useLocation, useNavigate } from "react-router";
import { redeemLink, signIn } from "../api/auth";
import { messageOf } from "../api/problem";
import { keys } from "../state/queries";
import { Loading } from "./states";

/** Sign in by password, or at once by the token of a one-time link, which leaves the address bar first. */
export function SignInPage() {
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
            <Text className="quiet">
              Sign in to label and to run rounds. Answers that this browser keeps are not lost.
            </Text>
          </div>
          <TextInput
            label="E-mail"
            name="email"
            type="text"
            autoComplete="username"
            required
            data-autofocus
            autoFocus
          />
          <PasswordInput label="Password" name="password" autoComplete="current-password" required />
          {error !== null && (
            <Text className="bad" role="alert">
              {messageOf(error)}
            </Text>
          )}
          <Button type="submit" loading={login.isPending}>
            Sign in
          </Button>
          <Text size="xs" className="quiet">
            No password? Ask an admin for a sign-in link.
          </Text>
        </Stack>
      </form>
    </Stack>
  );
}

function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value : "";
}
