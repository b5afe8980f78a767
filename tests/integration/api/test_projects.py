"""Projects: their schema, their revisions, their members."""

import pytest
from sqlalchemy import func, select

from backend.db.tables import Answer, Image, Member, Project, Query, Round
from tests.factories import person

API = "/api/v1"
CLASSES = [
    {"class_id": 0, "name": "road", "color": "#804080"},
    {"class_id": 1, "name": "car", "color": "#400080", "hotkey": "C"},
]
NEW = {"slug": "cameras", "name": "Cameras", "classes": CLASSES}


def create(client, admin, **changes):
    return client.post(f"{API}/projects", json=NEW | changes, headers=admin.headers)


def test_a_new_project_has_the_defaults_and_a_key_for_each_class(client, admin):
    got = create(client, admin)
    assert got.status_code == 201
    project = got.json()
    assert [(one["class_id"], one["hotkey"]) for one in project["classes"]] == [(0, "1"), (1, "c")]
    assert (project["revision"], project["schema_version"], project["current_round"]) == (0, 1, None)
    assert project["config"]["acquisition"] == {
        "unit": "window", "score": "ripu", "radius": None, "superpixels": 400, "max_per_image": 20,
        "budget": {"amount": 100, "unit": "regions", "scope": "pool"},
        "class_balance": False, "duplicate_distance": None, "stratify": False, "shadow_share": 0.0,
    }  # fmt: skip
    assert project["config"]["labelling"] == {"hidden_share": 0.05}
    assert client.get(f"{API}/projects/cameras", headers=admin.headers).json() == project


@pytest.mark.parametrize(
    "classes",
    [
        CLASSES[:1],
        [CLASSES[0], CLASSES[0]],
        [CLASSES[0], CLASSES[1] | {"class_id": 2}],
        [CLASSES[0], CLASSES[1] | {"name": " ROAD "}],
        [CLASSES[0], CLASSES[1] | {"color": "#804080"}],
        [CLASSES[0] | {"hotkey": "c"}, CLASSES[1]],
        [CLASSES[0] | {"hotkey": "u"}, CLASSES[1]],
        [CLASSES[0] | {"hotkey": "ab"}, CLASSES[1]],
        [CLASSES[0] | {"name": "  "}, CLASSES[1]],
    ],
)
def test_a_schema_that_disagrees_with_itself_is_refused(client, database, admin, classes):
    got = create(client, admin, classes=classes)
    assert (got.status_code, got.json()["code"]) == (422, "invalid_schema"), got.text
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 0


@pytest.mark.parametrize("slug", ["Cameras", "a b", "-a", "a-", "", "a" * 64])
def test_a_slug_that_is_no_address_is_refused(client, admin, slug):
    assert create(client, admin, slug=slug).json()["code"] == "invalid_input"


def test_a_slug_is_taken_once(client, admin):
    assert create(client, admin).status_code == 201
    got = create(client, admin)
    assert (got.status_code, got.json()["code"]) == (409, "conflict")


def test_a_change_touches_what_is_given_only_and_moves_the_revision(client, admin):
    before = create(client, admin).json()
    got = client.patch(f"{API}/projects/cameras", json={"revision": 0, "name": "Old town"}, headers=admin.headers)
    assert got.json() == before | {"name": "Old town", "revision": 1}


def test_a_stale_revision_changes_nothing_and_comes_with_the_current_one(client, admin):
    create(client, admin)
    patch = {"revision": 0, "name": "First"}
    client.patch(f"{API}/projects/cameras", json=patch, headers=admin.headers)
    got = client.patch(f"{API}/projects/cameras", json=patch | {"name": "Second"}, headers=admin.headers)
    assert (got.status_code, got.json()["code"]) == (409, "stale_revision")
    assert got.json()["context"] == {"current_revision": 1}
    assert client.get(f"{API}/projects/cameras", headers=admin.headers).json()["name"] == "First"


def test_classes_can_be_renamed_but_not_added_or_removed(client, admin):
    create(client, admin)
    renamed = [CLASSES[0] | {"name": "street"}, CLASSES[1]]
    got = client.patch(f"{API}/projects/cameras", json={"revision": 0, "classes": renamed}, headers=admin.headers)
    assert (got.json()["classes"][0]["name"], got.json()["schema_version"]) == ("street", 2)
    more = [*renamed, {"class_id": 2, "name": "tree", "color": "#808000"}]
    refused = client.patch(f"{API}/projects/cameras", json={"revision": 1, "classes": more}, headers=admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_schema")
    assert client.get(f"{API}/projects/cameras", headers=admin.headers).json() == got.json()


def test_people_see_the_projects_that_they_belong_to_and_admins_all(client, scene):
    create(client, scene.admin)
    seen = {
        who.email: [one["slug"] for one in client.get(f"{API}/projects", headers=who.headers).json()["items"]]
        for who in (scene.admin, scene.annotator, scene.outsider)
    }
    assert seen == {"admin@localhost": ["cameras", "demo"], "anna@localhost": ["demo"], "otto@localhost": []}


def test_a_member_comes_and_goes_and_the_answers_stay(client, database, scene):
    url = f"{API}/projects/demo/members"
    for _ in range(2):  # adding twice changes nothing
        added = client.post(url, json={"email": "OTTO@localhost"}, headers=scene.admin.headers)
        assert (added.status_code, added.json()["user_id"]) == (201, scene.outsider.user_id)
    listed = client.get(url, headers=scene.admin.headers).json()["items"]
    assert [row["email"] for row in listed] == ["anna@localhost", "otto@localhost"]
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 1}, headers=scene.outsider.headers).json()
    headers = scene.outsider.headers | {"Lease-Token": packet["lease_token"]}
    answer = f"{API}/queries/{packet['queries'][0]['id']}/answer"
    client.put(answer, json={"kind": "void", "seconds": 1}, headers=headers)
    assert client.delete(f"{url}/{scene.outsider.user_id}", headers=scene.admin.headers).status_code == 204
    assert client.get(f"{API}/projects/demo", headers=scene.outsider.headers).status_code == 404
    assert client.put(answer, json={"kind": "bad_query", "seconds": 1}, headers=headers).status_code == 404
    with database.read() as session:
        assert session.scalars(select(Answer.kind)).one() == "void"


def test_only_a_user_can_become_a_member(client, scene):
    got = client.post(f"{API}/projects/demo/members", json={"email": "ghost@localhost"}, headers=scene.admin.headers)
    assert (got.status_code, got.json()["code"]) == (404, "not_found")


def test_a_project_is_deleted_whole_but_not_while_a_round_is_open(client, database, scene):
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 1}, headers=scene.annotator.headers).json()
    client.put(
        f"{API}/queries/{packet['queries'][0]['id']}/answer",
        json={"kind": "void", "seconds": 1},
        headers=scene.annotator.headers | {"Lease-Token": packet["lease_token"]},
    )
    refused = client.delete(f"{API}/projects/demo", headers=scene.admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "round_open")
    client.post(f"{API}/rounds/{scene.round_id}/cancel", headers=scene.admin.headers)
    assert client.delete(f"{API}/projects/demo", headers=scene.admin.headers).status_code == 204
    with database.read() as session:
        left = {
            table.__tablename__: session.scalar(select(func.count()).select_from(table))
            for table in (Project, Member, Image, Round, Query, Answer)
        }
    assert left == dict.fromkeys(left, 0)


def test_names_with_a_character_that_cannot_be_stored_are_no_crash(client, database, admin):
    person(database, "anna@localhost")
    assert client.get(f"{API}/projects/%00", headers=admin.headers).status_code in (404, 422)
    assert create(client, admin, name="a\x00b").status_code in (201, 422)
