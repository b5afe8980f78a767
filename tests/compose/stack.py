"""The composed installation on a real engine: its commands, its REST API, and everything that it holds."""

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
PORT, HTTP_PORT, HTTPS_PORT = 18000, 18080, 18443
#: What no round trip keeps: when a secret was last used, and events that are there for open pages only.
FLEETING = ("events", "credentials")


def run(*command: object, cwd: Path | None = None, check: bool = True, **options: Any) -> str:
    """Standard output of a command; its errors become part of what a test says."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, check=False, capture_output=True, text=True, **options)
    assert not check or done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr[-3000:]}"
    return done.stdout


def wait_for(what: Callable[[], T], *, seconds: float, because: Callable[[], object] = lambda: "") -> T:
    """What `what` gives as soon as it is true; a service that is away is asked again."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            if found := what():
                return found
        except (httpx.HTTPError, AssertionError) as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s; {because()} {last or ''}")


@dataclass
class Stack:
    """A checkout, and what `docker compose` makes of it."""

    folder: Path
    options: tuple[str, ...] = ()
    url: str = f"http://127.0.0.1:{PORT}"
    _cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def compose(self, *arguments: object, **options: Any) -> str:
        return run("docker", "compose", *self.options, *arguments, cwd=self.folder, **options)

    def up(self, *arguments: object, seconds: float = 300) -> float:
        """`docker compose up --detach`; s until everything is healthy."""
        began = time.monotonic()
        self.compose("up", "--detach", *arguments)
        wait_for(self.healthy, seconds=seconds, because=self.states)
        return time.monotonic() - began

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        lines = self.compose("ps", "--all", "--format", "json", *([service] if service else []))
        return [json.loads(line) for line in lines.splitlines()]

    def states(self) -> dict[str, str]:
        return {one["Name"]: f"{one['State']} {one['Health']} {one['ExitCode']}" for one in self.containers()}

    def healthy(self) -> bool:
        found = self.containers()
        good = {"migrate": "exited  0", "proxy": "running  0"}  # a proxy has no check of its own
        states = self.states()
        return bool(found) and all(
            states[one["Name"]] == good.get(one["Service"], "running healthy 0") for one in found
        )

    def inspect(self, name: str) -> dict[str, Any]:
        return json.loads(run("docker", "inspect", name))[0]

    def signal(self, service: str, name: str, *, of: str = "main", index: int = 1) -> None:
        """Send a signal to a container's main process, or to the `child` of a worker that computes.

        From within: what `docker kill` ends, the engine takes for stopped by hand and does not start again.
        """
        main = "$(cat /proc/1/task/1/children | cut -d' ' -f1)"
        pids = {
            "main": main,
            "child": f"$(for task in /proc/{main}/task/*; do cat $task/children; done | tr ' ' '\\n' | "
            'while read pid; do if tr "\\0" " " < /proc/$pid/cmdline | grep -q spawn_main; then echo $pid; fi; done)',
        }
        self.compose(
            "exec", "-T", "--index", index, service, "sh", "-c", f"kill -{name} {pids[of]}", check=name != "KILL"
        )

    def secret(self, name: str) -> str:
        found = re.search(rf"^{name}=(.+)$", (self.folder / ".env").read_text(), re.MULTILINE)
        assert found, name
        return found[1]

    def sign_in(self) -> None:
        body = {"email": "admin@localhost", "password": self.secret("STAL_ADMIN_PASSWORD")}
        answer = httpx.post(f"{self.url}/api/v1/auth/login", json=body, timeout=30, verify=False)
        assert answer.status_code == 200, answer.text
        self._cookies = answer.cookies

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The answer of the REST API, which must be a success."""
        answer = httpx.request(
            method,
            f"{self.url}/api/v1{path}",
            json=body,
            headers=headers,
            cookies=self._cookies,
            timeout=30,
            verify=False,
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    # What people do

    def make_project(self) -> None:
        classes = json.loads((self.folder / "demo" / "pack" / "classes.json").read_text())["classes"]
        self.call("POST", "/projects", {"slug": "town", "name": "Town", "classes": classes})

    def start_import(self, domain: str) -> str:
        body = {"path": f"/import/{domain}", "domain": domain}
        return self.call("POST", "/projects/town/imports", body)["id"]

    def import_done(self, job_id: str) -> bool:
        job = self.call("GET", f"/jobs/{job_id}")
        assert job["state"] not in ("failed", "cancelled"), job
        return job["state"] == "succeeded"

    def start_round(self, *, iterations: int = 2, regions: int = 4) -> str:
        training = {"iterations": iterations, "batch_size": 2, "crop": 64}
        config = {"training": training, "acquisition": {"budget": {"amount": regions, "unit": "regions"}}}
        return self.call("POST", "/projects/town/rounds", {"config": config})["id"]

    def round_state(self, round_id: str) -> str:
        found = self.call("GET", f"/rounds/{round_id}")
        if found["state"] == "failed":
            raise RuntimeError(f"round failed: {found['error']}")  # waiting on is in vain
        return found["state"]

    def reach(self, round_id: str, *states: str, seconds: float = 300) -> str:
        return wait_for(
            lambda: (state := self.round_state(round_id)) in states and state,
            seconds=seconds,
            because=lambda: f"the round is {self.round_state(round_id)}, not {states}; {self.states()}",
        )

    def answer(self, count: int) -> list[str]:
        packet = self.call("POST", "/projects/town/packets", {"size": count})
        for query in packet["queries"]:
            body = {"kind": "label_map", "class_id": 3, "seconds": 1.5}
            kept = self.call("PUT", f"/queries/{query['id']}/answer", body, **{"Lease-Token": packet["lease_token"]})
            assert kept["kept_as"] == "answer"
        return [query["id"] for query in packet["queries"]]

    def close_round(self, round_id: str) -> None:
        self.call("POST", f"/rounds/{round_id}/close", {"discard_open": True})

    # What there is

    def sql(self, statement: str) -> str:
        return self.compose(
            "exec", "-T", "postgres", "psql", "--username", "stal", "--dbname", "stal", "--tuples-only", "--no-align",
            "--command", statement,
        )  # fmt: skip

    def rows(self) -> dict[str, str]:
        """Each table's number of rows and a hash of all of them."""
        names = self.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").split()
        found = {}
        for name in names:
            if name not in FLEETING:
                whole = self.sql(f"SELECT t::text FROM {name} t ORDER BY 1")
                found[name] = f"{len(whole.splitlines())} {hashlib.sha256(whole.encode()).hexdigest()}"
        return found

    def blobs(self) -> dict[str, str]:
        """The hash of each blob by its name, which must be the same."""
        listed = self.compose("exec", "-T", "api", "sh", "-c", "cd /data/blobs && find . -type f -exec sha256sum {} +")
        return {line.split()[1].rsplit("/", 1)[1]: line.split()[0] for line in listed.splitlines()}

    def named_answers(self) -> dict[str, Any]:
        """What people have said, by REST: it has to outlive everything."""
        project = self.call("GET", "/projects/town")
        rounds = self.call("GET", "/projects/town/rounds")["items"]
        queries = [query for one in rounds for query in self.call("GET", f"/rounds/{one['id']}/queries")["items"]]
        return {
            "images": project["images"],
            "rounds": [(one["round_index"], one["state"]) for one in rounds],
            "answered": sorted((query["id"], query["resolution"]) for query in queries if query["state"] == "resolved"),
        }
