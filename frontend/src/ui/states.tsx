/** What a screen shows when it has nothing to show: loading, empty, failed, missing. Each with a next step. */

import { Anchor, Button, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { messageOf, remedyOf } from "../api/problem";

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
export function Loading({ what }: { what: string }) {
  return (
    <Stack align="center" justify="center" mih={240} flex={1} role="status">
      <Text className="quiet appears-late">Loading {what}…</Text>
    </Stack>
  );
}

interface FailedProps {
  title: string;
  error: unknown;
  retry: () => void;
  action?: string;
}

export function Failed({ title, error, retry, action = "Try again" }: FailedProps) {
  const waits = remedyOf(error) === "wait";
  return (
    <Notice
      title={title}
      action={
        <Button mt="sm" onClick={retry}>
          {action}
        </Button>
      }
    >
      {messageOf(error)}
      {waits && " Nothing you did is lost."}
    </Notice>
  );
}

export function Missing({ what }: { what: string }) {
  return (
    <Notice
      title={`There is no such ${what}`}
      action={
        <Anchor component={Link} to="/">
          To the projects
        </Anchor>
      }
    >
      It may have been removed, or you are not a member of its project.
    </Notice>
  );
}
