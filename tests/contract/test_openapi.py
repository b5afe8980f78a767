"""Every operation of the OpenAPI document is called: as nobody, as a stranger, as a member, as an admin."""

import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from backend.api.app import PREFIX, create_app, openapi
from backend.domain.errors import JobError, ServiceError
from tests.factories import Scene, serve, settings_for

ROOT = Path(__file__).parents[2]

#: Nothing else may answer somebody who has not signed in.
PUBLIC = {
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/sign-in-link",
    "GET /livez",
    "GET /readyz",
}
#: Operations of the signed-in that belong to no project.
OF_ONESELF = {
    "POST /api/v1/auth/logout",
    "GET /api/v1/auth/me",
    "PUT /api/v1/auth/me/preferences",
    "GET /api/v1/tokens",
    "POST /api/v1/tokens",
    "DELETE /api/v1/tokens/{token_id}",
    "GET /api/v1/projects",
}
#: Codes that come from outside of any operation's own work: the framework, a crash.
UNDOCUMENTED = {"http_error", "method_not_allowed", "too_large", "internal_error", "answer_failed", "queue_unavailable"}


@pytest.fixture(scope="module")
def document(tmp_path_factory) -> dict:
    app = create_app(settings_for(tmp_path_factory.mktemp("document")))
    yield openapi(app)
    app.state.parts.database.engine.dispose()


def operations(document: dict) -> list[tuple[str, str, dict]]:
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def called(scene: Scene, path: str, operation: dict) -> tuple[str, dict]:
    """The path and arguments of a call that finds everything it names, if the caller may see it."""
    known = {
        "slug": scene.slug,
        "round_id": scene.round_id,
        "query_id": scene.query_ids[0],
        "image_id": scene.ids["image"],
        "packet_id": scene.ids["packet"],
        "job_id": scene.ids["job"],
        "user_id": scene.annotator.user_id,
        "token_id": "none",
        "kind": "score",
        "class_id": "0",
    }
    url = re.sub(r"\{(\w+)\}", lambda match: known[match[1]], path)
    offered = {p["name"]: p for p in operation.get("parameters", []) if p["in"] != "path"}
    needed = {name: p for name, p in offered.items() if p.get("required") or name == "Lease-Token"}
    query = {"project": scene.slug, "round": scene.round_id}
    arguments: dict = {
        "headers": {name: scene.ids["lease_token"] for name in needed if name == "Lease-Token"},
        "params": {name: query[name] for name, p in needed.items() if p["in"] == "query"},
    }
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        arguments["files"] = {"image": ("x.png", b"no image")}
        arguments["data"] = {"domain": "source", "split": "train"}
    elif content:
        arguments["json"] = BODIES[f"{operation['operationId']}"]
    return url, arguments


#: The smallest body that each operation accepts.
BODIES = {
    "auth_login": {"email": "nobody@localhost", "password": "wrong"},
    "auth_sign_in_link": {"token": "wrong"},
    "auth_set_preferences": {},
    "auth_create_user": {"email": "new@localhost", "name": "New"},
    "auth_change_user": {"name": "Anna"},
    "auth_create_token": {"name": "script"},
    "projects_create_project": {
        "slug": "other",
        "name": "Other",
        "classes": [{"class_id": i, "name": f"c{i}", "color": f"#00000{i}"} for i in (0, 1)],
    },
    "projects_change_project": {"revision": 0},
    "projects_add_member": {"email": "anna@localhost"},
    "images_start_import": {"path": "/nowhere"},
    "rounds_start_round": {},
    "rounds_close_round": {},
    "packets_lease_packet": {"size": 1},
    "learning_draw_practice": {"size": 1},
    "packets_put_answer": {"kind": "void", "seconds": 1},
}


@pytest.fixture
def stage(database, settings, blobs, scene):
    """A real server, the scene, and one of each thing that a path can name."""
    from backend.db.tables import Image
    from backend.domain.job_state import JobKind
    from backend.services import jobs, packets

    with database.write() as session:
        job = jobs.create(session, kind=JobKind.IMPORT_DATASET, project_id=scene.project_id)
        leased = packets.lease(session, scene.annotator.actor, scene.slug, size=1, lease_seconds=600)
        image = session.query(Image).filter_by(domain="target").first()
        ids = {"job": job.id, "packet": leased.packet_id, "lease_token": leased.lease_token, "image": image.id}
    with serve(settings) as url, httpx.Client(base_url=url) as client:
        yield client, replace(scene, ids=ids)


def test_every_operation_keeps_out_whom_it_should(document, database, stage):
    client, scene = stage
    wrong = []
    for method, path, operation in operations(document):
        name = f"{method} {path}"
        role = operation.get("x-role", "public")
        url, arguments = called(scene, path, operation)
        statuses = {}
        for who, headers in (
            ("nobody", {}),
            ("forger", {"Authorization": "Bearer forged"}),
            ("outsider", scene.outsider.headers),
            ("member", scene.annotator.headers),
        ):
            merged = arguments | {"headers": arguments["headers"] | headers}
            with client.stream(method, url, **merged) as response:
                statuses[who] = response.status_code
        expected = {"nobody": 401, "forger": 401}
        if role == "public":
            expected = {}
            assert name in PUBLIC, f"{name} is open to everybody"
        elif role == "admin":
            expected |= {"outsider": 403, "member": 403}
        elif name not in OF_ONESELF:
            expected |= {"outsider": 404}
            if statuses["member"] in (401, 403):
                wrong.append((name, statuses))
        else:
            assert statuses["member"] not in (401, 403), name
        if {who: statuses[who] for who in expected} != expected:
            wrong.append((name, statuses))
    assert not wrong


def test_an_admin_is_kept_out_of_nothing(document, database, stage):
    client, scene = stage
    order = sorted(operations(document), key=lambda found: (found[0] == "DELETE", "logout" in found[1]))
    for method, path, operation in order:
        url, arguments = called(scene, path, operation)
        headers = arguments["headers"] | scene.admin.headers
        if path.startswith(f"{PREFIX}/packets"):
            continue  # a packet is its holder's
        with client.stream(method, url, **(arguments | {"headers": headers})) as response:
            refused = {401, 403} if operation.get("x-role") != "public" else set()
            if operation["operationId"] == "packets_put_answer":
                refused = set()  # an answer needs a packet of one's own
            assert response.status_code not in refused | {405, 500}, (method, path)


def test_the_public_operations_are_these(document):
    found = {
        f"{method} {path}"
        for method, path, operation in operations(document)
        if operation.get("x-role", "public") == "public"
    }
    assert found == PUBLIC


def test_every_code_is_documented_on_some_operation(document):
    told = set()
    for _, _, operation in operations(document):
        for response in operation["responses"].values():
            description = response["description"]
            if description.startswith("code: "):
                told |= set(description.removeprefix("code: ").split(", "))
    assert set(document["x-error-codes"]) - told == UNDOCUMENTED
    assert told <= set(document["x-error-codes"])


def test_no_code_has_two_meanings():
    def below(kind):
        return [kind, *(found for child in kind.__subclasses__() for found in below(child))]

    codes = [kind.code for kind in below(ServiceError) if "code" in vars(kind) and kind is not ServiceError]
    assert len(codes) == len(set(codes))
    assert JobError.code == "service_error"


def test_the_document_of_the_browsers_client_is_this_one(document):
    stored = json.loads((ROOT / "frontend" / "openapi.json").read_text())
    assert stored == json.loads(json.dumps(document)), "run `make client`"
