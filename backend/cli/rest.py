"""REST to an installation, for verbs that work from anywhere: `STAL_URL` says where, `STAL_TOKEN` who."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from backend.config import Settings
from backend.supervisor.lock import running

PREFIX = "/api/v1"


class RestError(Exception):
    """What the installation said, or that it said nothing."""


class Rest:
    """Calls that give the answer's JSON, or raise `RestError` with the problem's `detail`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, path: str, **params: Any) -> Any:
        return self._send(lambda: self._client.get(PREFIX + path, params=params))

    def post(self, path: str, body: object = None, *, key: str | None = None, **params: Any) -> Any:
        """Post `body`; `key` makes a repetition harmless."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._send(lambda: self._client.post(PREFIX + path, json=body, params=params, headers=headers))

    def _send(self, call: Callable[[], httpx.Response]) -> Any:
        try:
            answer = call()
        except httpx.HTTPError as error:
            raise RestError(
                f"No answer from {self._client.base_url} ({error}). Is it running, and is STAL_URL right?"
            ) from error
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            raise RestError(answer.json()["detail"])
        except (ValueError, KeyError, TypeError):
            raise RestError(
                f"{answer.request.url} answered {answer.status_code}, and not as stal does. Is STAL_URL right?"
            ) from None


@contextmanager
def connect() -> Iterator[Rest]:
    """The installation at `STAL_URL`; without that, the one that runs on the data folder of the settings.

    Raises:
        RestError: neither, or no `STAL_TOKEN`.
    """
    url, token = os.environ.get("STAL_URL"), os.environ.get("STAL_TOKEN")
    if not url:
        there = running(Settings().data_dir)
        if there is None:
            raise RestError("Which installation? Set STAL_URL to its address, or start one here with `stal up`.")
        url = there.url
    if not token:
        raise RestError("Who are you? Set STAL_TOKEN; on the installation's machine: export STAL_TOKEN=$(stal token)")
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        yield Rest(client)
