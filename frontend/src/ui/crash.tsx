import { Component, type ReactNode } from "react";
import { messageOf } from "../api/problem";
import { useWords } from "../words/use-words";
import { Failed } from "./states";

/** The page itself is broken: say so, and offer the way out that helps. Answers are kept outside of it. */
export class Crash extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <Crashed error={this.state.error} />;
  }
}

function Crashed({ error }: { error: unknown }) {
  const { states } = useWords();
  return (
    <Failed
      title={states.fault}
      error={new Error(states.faultIs(messageOf(error)))}
      retry={() => globalThis.location.reload()}
      action={states.loadAgain}
    />
  );
}
