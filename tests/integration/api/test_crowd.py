"""More people at once than the API has threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
from sqlalchemy import func, select

from backend.db.tables import Query, Round
from tests.factories import labelling_scene, serve

CROWD = 90  # a process has 40 threads


def test_a_crowd_that_answers_at_once_is_served_and_not_stuck(database, blobs, settings):
    scene = labelling_scene(database, blobs, num_queries=CROWD, slug="crowd", source=0, val=0)
    together = threading.Barrier(CROWD)
    with (
        serve(settings) as url,
        httpx.Client(base_url=url, timeout=20, limits=httpx.Limits(max_connections=200)) as api,
    ):
        packet = api.post(
            "/api/v1/projects/crowd/packets", json={"size": CROWD}, headers=scene.annotator.headers
        ).json()
        headers = scene.annotator.headers | {"Lease-Token": packet["lease_token"]}

        def answer(query_id: str) -> int:
            body = {"kind": "void", "seconds": 1}
            together.wait()
            return api.put(f"/api/v1/queries/{query_id}/answer", json=body, headers=headers).status_code

        with ThreadPoolExecutor(CROWD) as pool:
            assert set(pool.map(answer, scene.query_ids)) == {200}
    with database.read() as session:
        counted = session.scalar(select(func.count()).where(Query.state == "resolved"))
        assert session.get_one(Round, scene.round_id).num_resolved == counted == CROWD
