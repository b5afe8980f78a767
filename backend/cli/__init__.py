"""`stal`: what operators and scripts do from a terminal.

Verbs that run an installation call services; the others speak REST to one (`STAL_URL`, `STAL_TOKEN`).
"""

import typer

from backend.cli import document

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(document.openapi)


@app.callback()
def _stal() -> None:
    """Active domain adaptation of segmentation networks, with people in the loop."""


def main() -> None:
    """Run the verb; an expected error is one sentence, not a traceback."""
    app()
