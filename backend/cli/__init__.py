"""`stal`: what operators and scripts do from a terminal.

Verbs that run an installation call services; the others speak REST to one (`STAL_URL`, `STAL_TOKEN`).
"""

import sys

import typer
from pydantic import ValidationError

from backend.cli import accounts, demo, doctor, document, installation, projects, rounds, simulate
from backend.cli.rest import RestError
from backend.domain.errors import ServiceError
from backend.supervisor import CannotStart, PartFailed

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(installation.up)
app.command()(demo.demo)
app.command()(accounts.token)
app.add_typer(accounts.user, name="user")
app.add_typer(projects.project, name="project")
app.command("import")(projects.import_)
app.add_typer(rounds.app, name="round")
app.command()(simulate.simulate)
app.command()(doctor.doctor)
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
        _end(error, code=2)
    except ValidationError as error:
        wrong = "; ".join(f"STAL_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
        _end(f"a setting in the environment or in .env is wrong. {wrong} (see .env.example)", code=2)
    except ServiceError as error:
        _end(error.message, code=1)
    except (RestError, PartFailed) as error:
        _end(error, code=1)


def _end(why: object, *, code: int) -> None:
    print(f"stal: {why}", file=sys.stderr)
    sys.exit(code)
