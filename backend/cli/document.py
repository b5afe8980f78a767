"""The OpenAPI document, for the browser's generated client."""

import json
import tempfile
from pathlib import Path


def openapi() -> None:
    """Print the OpenAPI document, sorted, so that two versions can be compared."""
    # Imported here: only this verb needs the API's packages.
    from backend.api.app import create_app
    from backend.config import Settings

    with tempfile.TemporaryDirectory() as folder:
        # Neither the settings of this machine nor a built browser app may leave a trace in the document.
        nowhere = Path(folder)
        app = create_app(
            Settings(data_dir=nowhere, database_url="", storage_url="", broker_url="", frontend_dir=nowhere / "none")
        )
        print(json.dumps(app.openapi(), indent=2, sort_keys=True))
