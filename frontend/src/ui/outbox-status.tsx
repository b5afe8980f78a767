import { Button, Popover, Stack, Text } from "@mantine/core";
import { useEffect, useSyncExternalStore } from "react";
import type { OutboxState } from "../state/outbox";
import type { Words } from "../words/en";
import { useWords } from "../words/use-words";
import { useSession } from "./session";

/** Whether the server has everything that was said. Silent in the normal case: there is no save button to miss. */
export function OutboxStatus() {
  const { outbox } = useSession();
  const { outbox: words } = useWords();
  const state = useSyncExternalStore(outbox.subscribe, outbox.getState);
  const stuck = isStuck(state);
  useEffect(() => {
    // A browser that is short of room may clear what a site keeps, unless it was asked not to.
    if (stuck && globalThis.isSecureContext) void globalThis.navigator.storage.persist();
  }, [stuck]);
  return (
    <>
      <Text span size="xs" className={stuck ? "bad" : "quiet"} role="status" data-testid="outbox">
        {standing(state, words)}
      </Text>
      {state.others.map((kept) => (
        <Text span key={kept.user_id} size="xs" className="quiet" data-testid="kept">
          {words.keptOf(kept.user_name, kept.count)}
        </Text>
      ))}
      {state.refused.length > 0 && (
        <Popover position="bottom-end" withinPortal>
          <Popover.Target>
            <Button variant="subtle" size="compact-xs" color="var(--bad)">
              {words.notTaken(state.refused.length)}
            </Button>
          </Popover.Target>
          <Popover.Dropdown maw={420}>
            <Stack gap="xs">
              {state.refused.map((entry) => (
                <div key={entry.seq}>
                  <Text style={{ whiteSpace: "normal" }}>{entry.refused?.message}</Text>
                  <Button variant="default" size="compact-xs" onClick={() => void outbox.dismiss(entry)}>
                    {words.read}
                  </Button>
                </div>
              ))}
            </Stack>
          </Popover.Dropdown>
        </Popover>
      )}
    </>
  );
}

function isStuck({ phase, waiting }: OutboxState): boolean {
  return waiting > 0 && phase !== "idle" && phase !== "sending";
}

function standing(state: OutboxState, words: Words["outbox"]): string {
  if (state.phase === "offline" && state.waiting === 0) return words.offline;
  if (!isStuck(state)) return "";
  return state.phase === "offline"
    ? words.waitingForNetwork(state.waiting)
    : words.waitingForService(state.waiting);
}
