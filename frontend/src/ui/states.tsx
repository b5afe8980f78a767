/** What a screen shows when it has nothing to show: loading, empty, failed, missing. Each with a next step. */

import { Anchor, Button, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { messageOf, remedyOf, Unreachable } from "../api/problem";
import type { Words } from "../words/en";
import { useWords } from "../words/use-words";

export function Notice({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Stack align="center" justify="center" gap="xs" p="xl" mih={240} flex={1} ta="center" role="status">
      <Title order={1}>{title}</Title>
      {children !== undefined && (
        <Text component="div" className="quiet" maw={520}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

/** Nothing is shown for the first moments: a flash of words would only disturb. */
export function Loading({ what }: { what: keyof Words["states"]["loading"] }) {
  const { states } = useWords();
  return (
    <Stack align="center" justify="center" mih={240} flex={1} role="status">
      <Text className="quiet appears-late">{states.loading[what]}</Text>
    </Stack>
  );
}

interface FailedProps {
  title: string;
  error: unknown;
  retry: () => void;
  action?: string;
}

export function Failed({ title, error, retry, action }: FailedProps) {
  const { states } = useWords();
  const waits = remedyOf(error) === "wait";
  return (
    <Notice
      title={title}
      action={
        <Button mt="sm" onClick={retry}>
          {action ?? states.tryAgain}
        </Button>
      }
    >
      {error instanceof Unreachable ? states.unreachable : messageOf(error)}
      {waits && ` ${states.nothingIsLost}`}
    </Notice>
  );
}

export function Missing({ what }: { what: keyof Words["states"]["missing"] }) {
  const { states } = useWords();
  return (
    <Notice
      title={states.missing[what]}
      action={
        <Anchor component={Link} to="/">
          {states.toTheProjects}
        </Anchor>
      }
    >
      {states.whyMissing}
    </Notice>
  );
}
