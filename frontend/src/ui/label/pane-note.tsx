import { Text } from "@mantine/core";
import type { Shelved } from "../../state/image-shelf";
import { useWords } from "../../words/use-words";
import classes from "./label.module.css";

/** What a pane says while it has no image. */
export function PaneNote({ image }: { image: Shelved }) {
  const { label } = useWords();
  if (typeof image === "object") return null;
  return (
    <Text className={`${classes["paneNote"] ?? ""} ${image === "loading" ? "appears-late" : ""}`}>
      {image === "loading" ? label.imageComing : label.imageAway}
    </Text>
  );
}
