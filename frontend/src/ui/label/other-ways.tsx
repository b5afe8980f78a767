import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import { useWords } from "../../words/use-words";
import classes from "./label.module.css";

/** Where else one can work in this project. */
export function OtherWays({ slug }: { slug: string }) {
  const { label, grid, practice, review } = useWords();
  const ways = [
    ["check", grid.title],
    ["review", review.link],
    ["practice", practice.title],
  ] as const;
  return (
    <nav className={classes["ways"]} aria-label={label.otherWays}>
      {ways.map(([page, name]) => (
        <Anchor key={page} component={Link} to={`/projects/${slug}/${page}`} size="xs">
          {name}
        </Anchor>
      ))}
    </nav>
  );
}
