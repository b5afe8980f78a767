import { Anchor, Button, Menu, Text, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { signOut } from "../api/auth";
import { keys } from "../state/queries";
import { isLanguage, LANGUAGES } from "../words/language";
import { useWords } from "../words/use-words";
import { OutboxStatus } from "./outbox-status";
import { useSession } from "./session";
import { useChooseLanguage } from "./speaking";
import { usePreferences } from "./use-preferences";

export interface Crumb {
  readonly label: string;
  readonly to?: string;
}

/** The bar at the top of every page: where one is, what the page adds, and who one is. */
export function Bar({ crumbs, children }: { crumbs: readonly Crumb[]; children?: ReactNode }) {
  const { bar } = useWords();
  return (
    <header className="bar">
      <nav className="crumbs" aria-label={bar.whereYouAre}>
        <Anchor component={Link} to="/" c="inherit" fw={600}>
          stal
        </Anchor>
        {crumbs.map(({ label, to }) => (
          <span key={label}>
            {to === undefined ? (
              <Text span aria-current="page">
                {label}
              </Text>
            ) : (
              <Anchor component={Link} to={to} c="inherit">
                {label}
              </Anchor>
            )}
          </span>
        ))}
      </nav>
      <div className="spring">{children}</div>
      <OutboxStatus />
      <Person />
    </header>
  );
}

function Person() {
  const { user } = useSession();
  const client = useQueryClient();
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme("light");
  const leave = useMutation({ mutationFn: signOut, onSuccess: () => client.setQueryData(keys.me, null) });
  const { bar, language } = useWords();
  const chooseLanguage = useChooseLanguage();
  const { change } = usePreferences();
  const other = shown === "dark" ? "light" : "dark";
  return (
    <Menu position="bottom-end" transitionProps={{ duration: 0 }} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="subtle" color="gray" size="compact-sm" c="inherit" fw={400}>
          {user.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.email} · {bar.role[user.role]}
        </Menu.Label>
        <Menu.Item onClick={() => setColorScheme(other)}>{bar.switchTo[other]}</Menu.Item>
        {colorScheme !== "auto" && (
          <Menu.Item onClick={() => setColorScheme("auto")}>{bar.asTheSystem}</Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Label>{bar.language}</Menu.Label>
        <Menu.RadioGroup
          value={language}
          onChange={(code) => {
            if (!isLanguage(code)) return;
            chooseLanguage(code);
            change({ language: code });
          }}
        >
          {LANGUAGES.map(([code, name]) => (
            <Menu.RadioItem key={code} value={code} lang={code}>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item onClick={() => leave.mutate()}>{bar.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
