import { Text } from "@mantine/core";
import type { Shelved } from "../../state/image-shelf";
import classes from "./label.module.css";

/** What a pane says while it has no image. */
export function PaneNote({ image }: { image: Shelved }) {
  if (typeof image === "object") return null;
  return (
    <Text className={`${classes["paneNote"] ?? ""} ${image === "loading" ? "appears-late" : ""}`}>
      {image === "loading"
        ? "The image is on its way…"
        : "The image did not come. Skip this region, or wait for the network; what cannot be seen takes no answer."}
    </Text>
  );
}
