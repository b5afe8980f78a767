"""Who labels in a test of the API."""

from datetime import timedelta

from sqlalchemy import update

from backend.db.base import now
from backend.db.session import Database
from backend.db.tables import Query
from tests.factories import Person, Scene


class Seat:
    """One person at the labelling page, with a packet."""

    def __init__(self, client, scene: Scene, who: Person, *, size: int = 4):
        self.client, self.scene, self.who = client, scene, who
        got = client.post(f"/api/v1/projects/{scene.slug}/packets", json={"size": size}, headers=who.headers)
        self.packet = (
            got.json() if got.status_code == 200 else {"packet_id": None, "lease_token": "none", "queries": []}
        )
        self.ranks = sorted(query["rank"] for query in self.packet["queries"])

    @property
    def headers(self) -> dict[str, str]:
        return {**self.who.headers, "Lease-Token": self.packet["lease_token"]}

    def put(self, rank: int, body: dict):
        url = f"/api/v1/queries/{self.scene.query_ids[rank]}/answer"
        return self.client.put(url, json={"seconds": 1.0} | body, headers=self.headers)

    def says(self, rank: int, class_id: int = 3, **more) -> str:
        got = self.put(rank, {"kind": "label_map", "class_id": class_id} | more)
        assert got.status_code == 200, got.text
        return got.json()["kept_as"]

    def unsure(self, rank: int) -> dict:
        got = self.put(rank, {"kind": "unsure"})
        assert got.status_code == 200, got.text
        return got.json()

    def undo(self, rank: int):
        return self.client.delete(f"/api/v1/queries/{self.scene.query_ids[rank]}/answer", headers=self.headers)


def expire(database: Database, *query_ids: str) -> None:
    """End the leases of these queries."""
    with database.write() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(Query).where(Query.id.in_(query_ids)).values(lease_expires_at=past))
