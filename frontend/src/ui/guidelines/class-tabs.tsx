import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import type { LabelClassView } from "../../api/types";
import { inKeyboardOrder } from "../../domain/classes";
import { useWords } from "../../words/use-words";
import { ClassName } from "./class-name";
import classes from "./guidelines.module.css";

interface Props {
  labelClasses: readonly LabelClassView[];
  /** Said after the class's name in the list. */
  mark?: (labelClass: LabelClassView) => ReactNode;
  children: (labelClass: LabelClassView) => ReactNode;
}

/** The classes at the left, as their keys lie; arrow keys go through them. One of them at the right, at full size. */
export function ClassTabs({ labelClasses, mark, children }: Props) {
  const { label } = useWords();
  const ordered = inKeyboardOrder(labelClasses);
  return (
    <Tabs
      orientation="vertical"
      defaultValue={String(ordered[0]?.class_id)}
      keepMounted={false}
      className={classes["tabs"] ?? ""}
    >
      <Tabs.List aria-label={label.classes} className={classes["list"] ?? ""}>
        {ordered.map((one, nth) => (
          <Tabs.Tab
            key={one.class_id}
            value={String(one.class_id)}
            className={classes["tab"] ?? ""}
            data-autofocus={nth === 0 || undefined}
          >
            <ClassName labelClass={one} />
            {mark?.(one)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {ordered.map((one) => (
        <Tabs.Panel key={one.class_id} value={String(one.class_id)} className={classes["pane"] ?? ""}>
          {children(one)}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
