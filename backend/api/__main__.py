"""The API process: `python -m backend.api --host HOST --port PORT`, settings from the environment."""

import argparse

import uvicorn

from backend import logging
from backend.api.app import create_app
from backend.config import read_settings

SHUTDOWN_SECONDS = 3  # s; an open event stream must not hold up the end


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m backend.api")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    logging.configure()
    uvicorn.run(
        create_app(read_settings()),
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
