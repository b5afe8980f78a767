"""An embedded installation: broker, migrations, API and worker as child processes of one `stal up`."""

from backend.supervisor.installation import Installation
from backend.supervisor.lock import Running, running
from backend.supervisor.trouble import AlreadyRunning, CannotStart, PartFailed

__all__ = ["AlreadyRunning", "CannotStart", "Installation", "PartFailed", "Running", "running"]
