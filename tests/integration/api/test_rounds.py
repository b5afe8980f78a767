"""Rounds: one open at a time, started once, forecast, closed, cancelled, retried."""

import pytest
from sqlalchemy import func, select, update

from backend.db import jobs as job_rows
from backend.db.tables import Answer, Event, Job, Project, Query, Round
from backend.domain.job_state import JobKind, JobState
from backend.domain.round_config import AcquisitionConfig, Budget, RoundConfig
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import Domain, Split
from backend.services import jobs
from tests.factories import add_pack_images, empty_project, project_with_images

API = "/api/v1"


@pytest.fixture
def ready(database, blobs, admin):
    """A project that has what a round needs: a source image, a pool of 2."""
    config = RoundConfig(acquisition=AcquisitionConfig(budget=Budget(amount=10)))
    return project_with_images(database, blobs, admin, source=1, target=2, val=0, config=config)


def start(client, admin, body=None, *, key=None, dry_run=False):
    headers = admin.headers | ({} if key is None else {"Idempotency-Key": key})
    return client.post(f"{API}/projects/demo/rounds", json=body or {}, headers=headers, params={"dry_run": dry_run})


def rows(database, table) -> list:
    with database.read() as session:
        return list(session.scalars(select(table)))


def counts(database) -> dict:
    with database.read() as session:
        return {
            t.__tablename__: session.scalar(select(func.count()).select_from(t)) for t in (Round, Job, Event, Query)
        }


def test_a_round_starts_with_its_training_and_the_projects_configuration(client, database, ready, admin):
    got = start(client, admin, {"budget": {"amount": 7, "unit": "regions"}, "seed": 5})
    assert got.status_code == 202, got.text
    round_ = got.json()
    assert (round_["round_index"], round_["state"], round_["seed"], round_["started_by"]) == (
        0, "training", 5, "admin@localhost",
    )  # fmt: skip
    assert round_["config"]["acquisition"]["budget"] == {"amount": 7, "unit": "regions", "scope": "pool"}
    assert round_["config"]["training"]["iterations"] == 2000
    assert (round_["job"]["kind"], round_["job"]["state"], round_["job"]["round_id"]) == (
        "train_round", "queued", round_["id"],
    )  # fmt: skip
    assert [event.kind for event in rows(database, Event)] == ["job", "round"]


def test_only_one_round_is_open_in_a_project(client, database, ready, admin):
    first = start(client, admin).json()
    got = start(client, admin)
    assert (got.status_code, got.json()["code"]) == (409, "round_open")
    assert got.json()["context"] == {"round_id": first["id"], "state": "training", "open_queries": 0}
    assert len(rows(database, Round)) == 1


def test_the_same_request_under_one_key_is_the_same_round(client, database, ready, admin):
    first, again = start(client, admin, key="k1"), start(client, admin, key="k1")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    other = start(client, admin, {"seed": 9}, key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert start(client, admin, key="k2").json()["code"] == "round_open"
    assert (len(rows(database, Round)), len(rows(database, Job))) == (1, 1)


def test_a_dry_run_tells_the_cost_and_changes_nothing(client, database, ready, admin):
    before = counts(database)
    got = start(client, admin, {"budget": {"amount": 36, "unit": "regions"}}, dry_run=True)
    assert got.status_code == 200
    assert got.json() == {
        "num_queries": 36, "pixels": 36 * 17 * 17, "clicks": 36, "seconds_per_answer": 3.0,
        "seconds_are_measured": False, "human_hours": 36 * 3.0 / 3600, "training_iterations": 2000, "final": False,
    }  # fmt: skip
    assert counts(database) == before


def test_a_forecast_uses_the_projects_own_seconds_once_it_has_twenty_answers(client, database, scene):
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 12}, headers=scene.annotator.headers).json()
    headers = scene.annotator.headers | {"Lease-Token": packet["lease_token"]}
    for query in packet["queries"]:
        client.put(f"{API}/queries/{query['id']}/answer", json={"kind": "void", "seconds": 1.5}, headers=headers)
    few = start(client, scene.admin, dry_run=True).json()
    assert (few["seconds_per_answer"], few["seconds_are_measured"]) == (3.0, False)
    with database.write() as session:
        session.add_all(
            Answer(query_id=query_id, user_id=scene.admin.user_id, kind="void", seconds=4.0, kept_as="opinion")
            for query_id in scene.query_ids[:8]
        )
    enough = start(client, scene.admin, {"budget": {"amount": 100}}, dry_run=True).json()
    assert (enough["seconds_per_answer"], enough["seconds_are_measured"]) == (2.5, True)  # (12 * 1.5 + 8 * 4) / 20
    assert enough["human_hours"] == pytest.approx(250 / 3600)


def test_pixels_are_a_budget_too_rounded_up_to_whole_windows(client, ready, admin):
    got = start(client, admin, {"budget": {"amount": 17 * 17 * 3 + 1, "unit": "pixels"}}, dry_run=True).json()
    assert (got["num_queries"], got["pixels"]) == (4, 4 * 17 * 17)


def test_a_budget_beyond_the_pool_is_refused(client, database, ready, admin):
    before = counts(database)
    for dry_run in (True, False):
        got = start(client, admin, {"budget": {"amount": 41, "unit": "regions"}}, dry_run=dry_run)
        assert (got.status_code, got.json()["code"]) == (422, "invalid_budget")
        assert got.json()["context"] == {"asked": 41, "limit": 40}  # 2 images, 20 each
    assert counts(database) == before


def test_answered_regions_leave_less_of_the_pool(client, database, scene):
    """19 x 15 disjoint windows of 17 px fit into each of 4 images; 12 of them are answered."""
    with database.write() as session:
        session.execute(update(Query).values(state="resolved", resolution="void"))
        session.execute(update(Round).values(num_resolved=12))
    config = {"acquisition": {"radius": 8, "max_per_image": None}}
    for amount, code in ((4 * 19 * 15 - 12, None), (4 * 19 * 15 - 11, "invalid_budget")):
        body = {"config": config, "budget": {"amount": amount}}
        got = start(client, scene.admin, body, dry_run=True).json()
        assert got.get("code") == code, got


def test_a_project_without_source_labels_or_without_a_pool_cannot_start(client, database, blobs, admin):
    project = empty_project(database, admin)
    got = start(client, admin)
    assert (got.status_code, got.json()["code"]) == (422, "missing_data")
    add_pack_images(database, blobs, project, Domain.SOURCE, Split.TRAIN, count=1, labelled=False)
    add_pack_images(database, blobs, project, Domain.TARGET, Split.TRAIN, count=1)
    unlabelled = start(client, admin)
    assert (unlabelled.status_code, unlabelled.json()["code"]) == (422, "missing_data")
    assert "source" in unlabelled.json()["detail"]
    assert rows(database, Round) == []


def test_a_final_round_needs_no_pool(client, database, blobs, admin):
    project = empty_project(database, admin)
    add_pack_images(database, blobs, project, Domain.SOURCE, Split.TRAIN, count=1)
    assert start(client, admin).json()["code"] == "missing_data"
    assert start(client, admin, {"budget": {"amount": 0}}, dry_run=True).json()["final"] is True
    assert start(client, admin, {"budget": {"amount": 0}}).status_code == 202


def answer_all(client, scene) -> None:
    packet = client.post(f"{API}/projects/demo/packets", json={"size": 100}, headers=scene.annotator.headers).json()
    headers = scene.annotator.headers | {"Lease-Token": packet["lease_token"]}
    for query in packet["queries"]:
        client.put(f"{API}/queries/{query['id']}/answer", json={"kind": "void", "seconds": 1}, headers=headers)


def test_the_next_round_waits_for_the_answers_and_then_closes_the_one_before(client, database, scene):
    refused = start(client, scene.admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "round_open")
    assert refused.json()["context"]["open_queries"] == 12
    answer_all(client, scene)
    got = start(client, scene.admin)
    assert (got.status_code, got.json()["round_index"]) == (202, 1)
    assert [
        (r.state, r.finished_at is not None) for r in sorted(rows(database, Round), key=lambda r: r.round_index)
    ] == [
        (RoundState.CLOSED, True),
        (RoundState.TRAINING, False),
    ]


def test_closing_with_open_queries_must_be_said(client, database, scene):
    url = f"{API}/rounds/{scene.round_id}/close"
    refused = client.post(url, json={}, headers=scene.admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert refused.json()["context"] == {"open_queries": 12}
    assert rows(database, Round)[0].state is RoundState.LABELLING
    for _ in range(2):  # closing twice is harmless
        closed = client.post(url, json={"discard_open": True}, headers=scene.admin.headers)
        assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert start(client, scene.admin).status_code == 202


def test_a_round_that_is_not_labelling_cannot_be_closed_or_retried(client, ready, admin):
    round_id = start(client, admin).json()["id"]
    for verb, body in (("close", {"discard_open": True}), ("retry", None)):
        got = client.post(f"{API}/rounds/{round_id}/{verb}", json=body, headers=admin.headers)
        assert (got.status_code, got.json()["code"]) == (409, "illegal_transition")


def test_cancelling_stops_the_job_and_frees_the_slot(client, database, ready, admin):
    round_id = start(client, admin).json()["id"]
    for _ in range(2):
        got = client.post(f"{API}/rounds/{round_id}/cancel", headers=admin.headers)
        assert (got.status_code, got.json()["state"], got.json()["job"]["state"]) == (200, "cancelled", "cancelled")
    assert start(client, admin).json()["round_index"] == 1
    closed = client.post(f"{API}/rounds/{round_id}/close", json={}, headers=admin.headers)
    assert closed.json()["code"] == "illegal_transition"


def test_a_closed_round_cannot_be_cancelled(client, scene):
    client.post(f"{API}/rounds/{scene.round_id}/close", json={"discard_open": True}, headers=scene.admin.headers)
    got = client.post(f"{API}/rounds/{scene.round_id}/cancel", headers=scene.admin.headers)
    assert (got.status_code, got.json()["code"]) == (409, "illegal_transition")


def test_a_failed_round_holds_the_slot_says_why_and_goes_on_where_it_stopped(client, database, ready, admin):
    round_id = start(client, admin).json()["id"]
    with database.write() as session:
        job = job_rows.claim(session, rows(database, Job)[0].id, worker="w")
        jobs.yield_segment(session, job, cursor={"iteration": 40})
    with database.write() as session:
        job = job_rows.claim(session, job.id, worker="w")
        jobs.fail(session, job, code="training_diverged", error="The loss is not finite at step 41.")
    failed = client.get(f"{API}/rounds/{round_id}", headers=admin.headers).json()
    assert (failed["state"], failed["failed_in"], failed["error_code"]) == ("failed", "training", "training_diverged")
    assert failed["error"] == "The loss is not finite at step 41."
    assert start(client, admin).json()["code"] == "round_open"
    retried = client.post(f"{API}/rounds/{round_id}/retry", headers=admin.headers).json()
    assert (retried["state"], retried["error"], retried["failed_in"]) == ("training", None, None)
    newest = max(rows(database, Job), key=lambda row: row.id)
    assert (newest.kind, newest.state, newest.cursor) == (JobKind.TRAIN_ROUND, JobState.QUEUED, {"iteration": 40})


def test_queries_are_listed_in_the_order_of_acquisition_page_by_page(client, scene):
    url, seen, cursor = f"{API}/rounds/{scene.round_id}/queries", [], None
    for _ in range(3):
        params = {"limit": 5} | ({} if cursor is None else {"cursor": cursor})
        page = client.get(url, params=params, headers=scene.admin.headers).json()
        seen += page["items"]
        cursor = page["next_cursor"]
    assert cursor is None
    assert [query["id"] for query in seen] == scene.query_ids
    scores = [query["why"]["score"] for query in seen]
    assert scores == sorted(scores, reverse=True)


def test_the_configuration_of_a_running_round_is_frozen(client, database, ready, admin):
    round_id = start(client, admin).json()["id"]
    config = {"training": {"iterations": 5}}
    client.patch(f"{API}/projects/demo", json={"revision": 0, "config": config}, headers=admin.headers)
    got = client.get(f"{API}/rounds/{round_id}", headers=admin.headers).json()
    assert got["config"]["training"]["iterations"] == 2000
    with database.read() as session:
        assert session.scalars(select(Project)).one().config["training"]["iterations"] == 5


@pytest.mark.parametrize("cursor", [10**12, 10**40])
def test_a_cursor_out_of_range_is_no_crash(client, scene, cursor):
    got = client.get(f"{API}/rounds/{scene.round_id}/queries?cursor={cursor}", headers=scene.admin.headers)
    assert (got.status_code, got.json()["code"]) == (422, "invalid_input")
