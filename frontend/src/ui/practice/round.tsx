import { Text, VisuallyHidden } from "@mantine/core";
import { useMemo, useSyncExternalStore } from "react";
import type { ProjectView } from "../../api/types";
import { scoreOf } from "../../domain/practice";
import type { Practice, PracticeState } from "../../state/practice";
import { useWords } from "../../words/use-words";
import type { Action } from "../label/actions/action";
import { Region } from "../label/region";
import lesson from "../lesson/lesson.module.css";
import { useNames } from "../lesson/use-names";
import { Feedback } from "./feedback";
import { Score } from "./score";
import { useSentences } from "./use-sentences";

/** There is no suggestion to take, and nothing to leave for later or to go back to. */
const NOT_HERE: ReadonlySet<Action["name"]> = new Set([
  "accept",
  "second-guess",
  "third-guess",
  "skip",
  "back",
]);
const practised = (all: readonly Action[]) => all.filter(({ name }) => !NOT_HERE.has(name));

interface Props {
  readonly practice: Practice;
  readonly project: ProjectView;
  readonly again: () => void;
}

/** One region after the other: asked, then shown as it is; in the end the score. */
export function Round({ practice, project, again }: Props) {
  const state = useSyncExternalStore(practice.subscribe, practice.getState);
  const names = useNames(project.classes);
  const sentences = useSentences(names);
  const { current, shown } = state;
  const heard = shown === null ? "" : sentences(shown).join(" ");
  const standing = <Standing state={state} />;
  return (
    <>
      <VisuallyHidden role="status" data-testid="heard">
        {heard}
      </VisuallyHidden>
      {shown !== null ? (
        <Feedback
          key={shown.query.id}
          answered={shown}
          practice={practice}
          names={names}
          isLast={state.done.length === state.size}
          standing={standing}
        />
      ) : current !== null ? (
        <Region
          key={current.query.id}
          seat={practice}
          item={{ query: current.query, draft: null }}
          labelClasses={project.classes}
          notice={null}
          lesson={{
            actions: practised,
            said: null,
            hint: null,
            aside: <div className={lesson["aside"]}>{standing}</div>,
          }}
        />
      ) : (
        <Score project={project} done={state.done} names={names} again={again} />
      )}
    </>
  );
}

function Standing({ state: { done, shown, size } }: { state: PracticeState }) {
  const { practice: words } = useWords();
  const { right, asked } = useMemo(() => scoreOf(done), [done]);
  return (
    <>
      <Text fw={600}>
        {words.title}: {words.place(shown === null ? done.length + 1 : done.length, size)}
      </Text>
      {asked > 0 && (
        <Text size="xs" className="quiet" data-testid="so-far">
          {words.soFar(right, asked)}
        </Text>
      )}
      {shown === null && (
        <Text size="xs" className="quiet">
          {words.lead}
        </Text>
      )}
    </>
  );
}
