import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeProject, getProject } from "../../api/projects";
import type { LabelClassView, ProjectView } from "../../api/types";
import { keys, projectQuery } from "../../state/queries";

type Texts = ReadonlyMap<number, string>;

export interface Drafts {
  readonly isDirty: boolean;
  readonly isSaved: boolean;
  readonly isSaving: boolean;
  readonly error: Error | null;
  /** What the field of a class says. */
  readonly textOf: (one: LabelClassView) => string;
  /** Whether a class's text was changed here. */
  readonly isChanged: (one: LabelClassView) => boolean;
  /** What somebody else wrote of a class whose text was changed here, too; null: nobody did. */
  readonly theirs: (one: LabelClassView) => string | null;
  readonly write: (one: LabelClassView, text: string) => void;
  readonly takeTheirs: (one: LabelClassView) => void;
  readonly discard: () => void;
  readonly save: () => void;
  /** Read what somebody else has written, and keep what was changed here on top of it. */
  readonly catchUp: () => void;
}

const NOTHING: Texts = new Map();

/** What an admin writes about classes until it is saved: only what was changed, over the project as it was read. */
export function useDrafts(project: ProjectView): Drafts {
  const client = useQueryClient();
  const [texts, setTexts] = useState(NOTHING);
  const [theirs, setTheirs] = useState(NOTHING);
  const [read, setRead] = useState(project);
  // Without changes it is the newest there is; a change stays on what its writer saw, or nobody would notice a clash.
  const base = texts.size === 0 ? project : read;
  const done = () => {
    setTexts(NOTHING);
    setTheirs(NOTHING);
  };
  const save = useMutation({
    mutationFn: () =>
      changeProject(project.slug, {
        revision: base.revision,
        classes: base.classes.map((one) => ({ ...one, guideline: texts.get(one.class_id) ?? one.guideline })),
      }),
    onSuccess: (changed) => {
      client.setQueryData(projectQuery(project.slug).queryKey, changed);
      done();
      return client.invalidateQueries({ queryKey: keys.projects });
    },
  });
  const catchUp = useMutation({
    mutationFn: () => getProject(project.slug),
    onSuccess: (newest) => {
      const before = new Map(base.classes.map((one) => [one.class_id, one.guideline]));
      const clashes = newest.classes.filter(
        ({ class_id, guideline }) => texts.has(class_id) && guideline !== before.get(class_id),
      );
      setTheirs(new Map([...theirs, ...clashes.map((one) => [one.class_id, one.guideline] as const)]));
      client.setQueryData(projectQuery(project.slug).queryKey, newest);
      setRead(newest);
      save.reset();
    },
  });
  const without = (from: Texts, classId: number) => new Map([...from].filter(([id]) => id !== classId));
  const drop = (classId: number) => {
    setTexts(without(texts, classId));
    setTheirs(without(theirs, classId));
  };
  const saved = (classId: number) => base.classes.find((one) => one.class_id === classId)?.guideline ?? "";
  return {
    isDirty: texts.size > 0,
    isSaved: save.isSuccess,
    isSaving: save.isPending || catchUp.isPending,
    error: save.error ?? catchUp.error,
    textOf: ({ class_id }) => texts.get(class_id) ?? saved(class_id),
    isChanged: ({ class_id }) => texts.has(class_id),
    theirs: ({ class_id }) => theirs.get(class_id) ?? null,
    write: ({ class_id }, text) => {
      if (save.isSuccess) save.reset();
      if (texts.size === 0) setRead(project);
      if (text === saved(class_id) && !theirs.has(class_id)) drop(class_id);
      else setTexts(new Map([...texts, [class_id, text]]));
    },
    takeTheirs: ({ class_id }) => drop(class_id),
    discard: () => {
      save.reset();
      done();
    },
    save: () => save.mutate(),
    catchUp: () => catchUp.mutate(),
  };
}
