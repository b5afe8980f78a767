"""`stal`: what operators and scripts do from a terminal.

Verbs that run an installation call services; the others speak REST to one (`STAL_URL`, `STAL_TOKEN`).
"""

import sys

import typer
from pydantic import ValidationError

from backend.cli import document, installation
from backend.domain.errors import ServiceError
from backend.supervisor import CannotStart, PartFailed

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(installation.up)
app.command()(installation.migrate)
app.command()(document.openapi)


@app.callback()
def _stal() -> None:
    """Active domain adaptation of segmentation networks, with people in the loop."""


def main() -> None:
    """Run the verb; an expected error is one sentence, not a traceback."""
    try:
        app()
    except CannotStart as error:
        print(f"stal: {error}", file=sys.stderr)
        sys.exit(2)
    except ValidationError as error:
        wrong = "; ".join(f"STAL_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
        print(f"stal: a setting in the environment or in .env is wrong. {wrong} (see .env.example)", file=sys.stderr)
        sys.exit(2)
    except PartFailed as error:
        print(f"stal: {error}", file=sys.stderr)
        sys.exit(1)
    except ServiceError as error:
        print(f"stal: {error.message}", file=sys.stderr)
        sys.exit(1)
