"""The order of acquisition holds under any number of annotators: who leases gets the best ranks that nobody has."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby, pairwise

import httpx
import pytest
from sqlalchemy import func, select, text, update

from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Image, Member, Query, Round
from backend.services import packets
from tests.factories import Scene, labelling_scene, person, serve

API = "/api/v1"
CROWD, NUM_QUERIES = 8, 96


@dataclass
class Hold:
    """When one rank was in somebody's hands. Before `taken` and after `free` it was not for sure."""

    asked: float  # the lease was asked for
    taken: float  # and had
    letting: float = float("inf")  # it was being given back
    free: float = float("inf")  # and was


@dataclass
class Log:
    """What a crowd did, by the clock of this process."""

    size: int
    leases: list[tuple[float, float, list[int]]] = field(default_factory=list)
    holds: dict[int, list[Hold]] = field(default_factory=dict)

    def check(self, num_queries: int) -> None:
        """Each lease had the lowest ranks that were free; nobody had what somebody else had."""
        for asked, had, ranks in self.leases:
            last = max(ranks) if len(ranks) == self.size else num_queries - 1
            for rank in set(range(last + 1)) - set(ranks):
                held = any(hold.asked <= had and hold.free >= asked for hold in self.holds.get(rank, []))
                assert held, f"rank {rank} was free all along, but {sorted(ranks)} were handed out"
        for rank, holds in self.holds.items():
            for one, other in pairwise(sorted(holds, key=lambda hold: hold.taken)):
                assert one.letting <= other.taken, f"rank {rank} was in two hands"


def crowd_of(database, scene: Scene, count: int) -> list:
    people = [person(database, f"p{number}@localhost") for number in range(count)]
    with database.write() as session:
        session.add_all(Member(project_id=scene.project_id, user_id=who.user_id) for who in people)
    return people


def shuffle(database, scene: Scene, chance: random.Random) -> list[str]:
    """Give the queries other ranks, so that no table has them in order by itself. Their ids by rank."""
    query_ids = chance.sample(scene.query_ids, len(scene.query_ids))
    with database.write() as session:
        session.execute(update(Query).values(rank=Query.rank + 1000))  # a rank is given once
        for query_id in scene.query_ids:
            session.execute(update(Query).where(Query.id == query_id).values(rank=query_ids.index(query_id)))
    return query_ids


def expire(database, packet_id: str) -> None:
    with database.write() as session:
        session.execute(
            update(Query).where(Query.packet_id == packet_id, Query.state == "open").values(lease_expires_at=now())
        )


def is_grouped(packet: dict, position: dict[str, int]) -> bool:
    """Each image's queries follow one another, from top to bottom, and the images come in the order of the pool."""
    queries = packet["queries"]
    runs = [image_id for image_id, _ in groupby(query["image_id"] for query in queries)]
    places = [(position[query["image_id"]], query["box"]["y"], query["box"]["x"]) for query in queries]
    return len(runs) == len(set(runs)) and places == sorted(places)


@pytest.mark.parametrize("ends", ["answered", "given back", "run out"])
def test_a_crowd_is_handed_the_best_free_ranks_whatever_becomes_of_its_packets(database, blobs, settings, ends):
    """Every third packet of each is not answered; then its queries come before all later ones."""
    scene = labelling_scene(database, blobs, num_queries=NUM_QUERIES, slug="crowd", source=0, val=0)
    people = crowd_of(database, scene, CROWD)
    shuffle(database, scene, random.Random(NUM_QUERIES))
    with database.read() as session:
        position = {image.id: image.position for image in session.scalars(select(Image))}
    size = 5
    log, lock, together = Log(size), threading.Lock(), threading.Barrier(CROWD)

    def label(number: int) -> None:
        with httpx.Client(base_url=f"{url}{API}", timeout=60, headers=people[number].headers) as api:
            together.wait()
            for turn in range(NUM_QUERIES):
                asked = time.monotonic()
                got = api.post("/projects/crowd/packets", json={"size": size})
                had = time.monotonic()
                packet = got.json() if got.status_code == 200 else {"queries": []}
                assert got.status_code in (200, 204), got.text
                assert is_grouped(packet, position)
                holds = {query["rank"]: Hold(asked, had) for query in packet["queries"]}
                with lock:
                    log.leases.append((asked, had, list(holds)))
                    for rank, hold in holds.items():
                        log.holds.setdefault(rank, []).append(hold)
                if not holds:
                    return
                headers = {"Lease-Token": packet["lease_token"]}
                if ends == "answered" or (turn + number) % 3:
                    for query in packet["queries"]:
                        said = api.put(
                            f"/queries/{query['id']}/answer", json={"kind": "void", "seconds": 1}, headers=headers
                        )
                        assert said.json()["kept_as"] == "answer", said.text
                    continue
                for hold in holds.values():
                    hold.letting = time.monotonic()
                if ends == "given back":
                    assert api.delete(f"/packets/{packet['packet_id']}", headers=headers).status_code == 204
                else:
                    expire(database, packet["packet_id"])
                for hold in holds.values():
                    hold.free = time.monotonic()

    with serve(settings) as url, ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(label, range(CROWD)))
    log.check(NUM_QUERIES)
    assert set(log.holds) == set(range(NUM_QUERIES))
    times_held = Counter(len(holds) for holds in log.holds.values())
    assert (set(times_held) == {1}) == (ends == "answered")
    with database.read() as session:
        counted = session.scalar(select(func.count()).where(Query.state == "resolved"))
        assert session.get_one(Round, scene.round_id).num_resolved == counted == NUM_QUERIES


def test_the_check_of_the_order_sees_what_is_wrong():
    early, late = Hold(0, 1), Hold(2, 3)
    for holds, lease in (
        ({1: [early], 2: [late]}, (2, 3, [2])),  # rank 0 was free
        ({0: [Hold(0, 1, 1.2, 1.5)], 1: [early], 2: [late]}, (2, 3, [2])),  # free again
        ({0: [early, Hold(2, 3)]}, (2, 3, [0])),  # twice
        ({0: [early]}, (2, 3, [])),  # rank 1 was free, and nothing was had
    ):
        with pytest.raises(AssertionError):
            Log(1, [lease], holds).check(2 if lease[2] != [2] else 3)
    Log(1, [(0, 1, [0]), (2, 3, [1])], {0: [early], 1: [late]}).check(2)


SEEDS = (1, 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_leases_follow_a_model_of_what_is_free(client, database, scene, seed):
    """Three annotators lease, answer, are unsure, give back and let run out in any order; the ranks are foretold."""
    people = crowd_of(database, scene, 3)
    with database.read() as session:
        position = {image.id: image.position for image in session.scalars(select(Image))}
    chance = random.Random(seed)
    query_ids = shuffle(database, scene, chance)
    open_ = set(range(12))
    held: dict[int, str] = {}  # rank: packet
    unsure: dict[int, set[int]] = {rank: set() for rank in open_}
    hands: list[tuple[int, dict]] = []
    seen = Counter()

    def lease(who: int) -> None:
        size = chance.randint(1, 4)
        expected = sorted(rank for rank in open_ - set(held) if who not in unsure[rank])[:size]
        got = client.post(f"{API}/projects/{scene.slug}/packets", json={"size": size}, headers=people[who].headers)
        packet = got.json() if got.status_code == 200 else {"queries": []}
        assert sorted(query["rank"] for query in packet["queries"]) == expected
        assert is_grouped(packet, position)
        if expected:
            hands.append((who, packet))
            held.update(dict.fromkeys(expected, packet["packet_id"]))

    def say(who: int, packet: dict, rank: int, kind: str) -> None:
        headers = people[who].headers | {"Lease-Token": packet["lease_token"]}
        url = f"{API}/queries/{query_ids[rank]}/answer"
        assert client.put(url, json={"kind": kind, "seconds": 1}, headers=headers).status_code == 200
        if kind == "unsure":
            unsure[rank].add(who)
        if kind != "unsure" or len(unsure[rank]) == 2:
            open_.discard(rank)
        del held[rank]

    for _ in range(120):
        act = chance.choice(["lease", "lease", "void", "unsure", "give back", "run out"])
        if act == "lease" or not hands:
            lease(chance.randrange(3))
            continue
        who, packet = hands.pop(chance.randrange(len(hands)))
        mine = [query["rank"] for query in packet["queries"] if held.get(query["rank"]) == packet["packet_id"]]
        seen[act] += bool(mine)
        if act in ("void", "unsure") and mine:
            say(who, packet, chance.choice(mine), act)
            hands.append((who, packet))
            continue
        if act == "run out":
            expire(database, packet["packet_id"])
        else:
            headers = people[who].headers | {"Lease-Token": packet["lease_token"]}
            client.delete(f"{API}/packets/{packet['packet_id']}", headers=headers)
        for rank in mine:
            del held[rank]
    assert min(seen[act] for act in ("void", "unsure", "give back", "run out")) >= 2
    with database.read() as session:
        left = set(session.scalars(select(Query.rank).where(Query.state == "open")))
    assert left == open_


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_lease_in_flight_is_passed_and_if_it_comes_to_nothing_its_ranks_are_the_next(database, scene):
    """SQLite has one writer at a time, so nothing is in flight there."""
    first, second, third = crowd_of(database, scene, 3)

    def lease(session, who) -> list[int]:
        session.execute(text("SET LOCAL lock_timeout = '10s'"))  # who has to wait here would wait for ever
        leased = packets.lease(session, who.actor, scene.slug, size=3, lease_seconds=600)
        return sorted(query.rank for query in leased.queries)

    with Session(database.engine) as lost:  # and never committed
        assert lease(lost, first) == [0, 1, 2]
        for who, expected in ((second, [3, 4, 5]), (third, [6, 7, 8])):
            with database.write() as session:
                assert lease(session, who) == expected
    with database.write() as session:
        assert lease(session, second) == [0, 1, 2]
