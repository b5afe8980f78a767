"""`stal`: what operators and scripts do from a terminal.

Verbs that run an installation call services; the others speak REST to one (`STAL_URL`, `STAL_TOKEN`).
"""

import sys
from importlib import import_module

import typer
from pydantic import ValidationError

from backend.cli.rest import RestError
from backend.config import wrong_settings
from backend.domain.errors import ServiceError
from backend.supervisor.trouble import CannotStart, PartFailed

#: Each verb, with the name in its module of the command or of the group of commands.
VERBS = {
    "up": "installation.up",
    "demo": "demo.demo",
    "token": "accounts.token",
    "user": "accounts.user",
    "project": "projects.project",
    "import": "projects.import_",
    "round": "rounds.round_",
    "simulate": "simulate.simulate",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "doctor": "doctor.doctor",
    "migrate": "installation.migrate",
    "openapi": "document.openapi",
}


def program(verbs: list[str]) -> typer.Typer:
    """The program with these verbs; a script's call loads only the module that it needs."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @app.callback()
    def stal() -> None:
        """Active domain adaptation of segmentation networks, with people in the loop."""

    for verb in verbs:
        module, name = VERBS[verb].split(".")
        found = getattr(import_module(f"backend.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb)
        else:
            app.command(verb)(found)
    return app


def main() -> None:
    """Run the verb; an expected error is one sentence, not a traceback."""
    asked = [verb for verb in sys.argv[1:2] if verb in VERBS]
    try:
        program(asked or list(VERBS))()
    except CannotStart as error:
        _end(error, code=2)
    except ValidationError as error:
        _end(wrong_settings(error), code=2)
    except ServiceError as error:
        _end(error.message, code=1)
    except (RestError, PartFailed) as error:
        _end(error, code=1)


def _end(why: object, *, code: int) -> None:
    print(f"stal: {why}", file=sys.stderr)
    sys.exit(code)
