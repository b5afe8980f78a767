import { Component, type ReactNode } from "react";
import { messageOf } from "../api/problem";
import { Failed } from "./states";

/** The page itself is broken: say so, and offer the way out that helps. Answers are kept outside of it. */
export class Crash extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <Failed
        title="This page has a fault"
        error={
          new Error(
            `${messageOf(this.state.error)} Your answers are kept; loading the page again goes on with them.`,
          )
        }
        retry={() => globalThis.location.reload()}
        action="Load again"
      />
    );
  }
}
