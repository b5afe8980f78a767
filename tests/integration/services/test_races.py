"""Many at once: every promise that one transaction alone could not break."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from backend.db import jobs as job_rows
from backend.db import rounds as round_rows
from backend.db.session import Database, Session
from backend.db.tables import Answer, Job, Member, Packet, Query, Round
from backend.domain.errors import Conflict, IllegalTransition, RoundOpen, ServiceError
from backend.domain.job_state import JobKind, JobState
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import AnswerKind, Domain, KeptAs, QueryState, Split, UserRole
from backend.services import answers, auth, jobs, packets, projects, rounds
from backend.services.answers import Said
from backend.services.rounds import Request
from tests.factories import add_pack_images, empty_project, labelling_round, pack_classes, person

THREADS = 16


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Results, or errors of the product, of `work(0) … work(count - 1)`, begun at the same moment."""
    barrier = threading.Barrier(count)

    def one(number: int) -> Any:
        barrier.wait()
        try:
            return work(number)
        except ServiceError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.fixture
def crowd(database, blobs, admin):
    """A round of 200 queries, and 16 members."""
    project = empty_project(database, admin, slug="crowd")
    add_pack_images(database, blobs, project, Domain.TARGET, Split.TRAIN, count=4)
    round_id, query_ids = labelling_round(database, blobs, project.id, num_queries=200)
    people = [person(database, f"p{number}@localhost") for number in range(THREADS)]
    with database.write() as session:
        session.add_all(Member(project_id=project.id, user_id=who.user_id) for who in people)
    return round_id, query_ids, people


def lease(database, who, size: int = 5):
    with database.write() as session:
        return packets.lease(session, who.actor, "crowd", size=size, lease_seconds=600)


def put(database, who, query_id: str, said: Said, token: str):
    with database.write() as session:
        return answers.put(session, who.actor, query_id, said, lease_token=token)


def test_sixteen_who_claim_at_once_never_get_one_query_twice_and_get_all_in_rank_order(database, crowd):
    _, query_ids, people = crowd

    def take_all(number: int) -> list[list[int]]:
        taken = []
        while (leased := lease(database, people[number])) is not None:
            taken.append(sorted(query.rank for query in leased.queries))
        return taken

    results = at_once(THREADS, take_all)
    given = sorted(rank for taken in results for packet in taken for rank in packet)
    assert given == list(range(len(query_ids)))  # each once
    for taken in results:  # whoever comes later gets later ranks
        assert [rank for packet in taken for rank in packet] == sorted(rank for packet in taken for rank in packet)
    with database.read() as session:
        held = {query_id for packet in session.scalars(select(Packet)) for query_id in packet.query_ids}
        assert held == set(query_ids)
        assert session.scalar(select(func.count()).select_from(Packet)) == sum(len(taken) for taken in results)


def test_sixteen_who_answer_and_undo_leave_a_counter_that_equals_the_count(database, crowd):
    round_id, _, people = crowd

    def work(number: int) -> None:
        leased = lease(database, people[number], size=6)
        token = leased.lease_token
        for index, query in enumerate(leased.queries):
            said = Said(kind=AnswerKind.LABEL_MAP, class_id=number % 11)
            put(database, people[number], query.id, said, token)
            if index % 2:
                with database.write() as session:
                    answers.undo(session, people[number].actor, query.id, lease_token=token)
            if index % 3 == 0:
                with database.write() as session:
                    packets.heartbeat(
                        session, people[number].actor, leased.packet_id, lease_token=token, lease_seconds=600
                    )

    assert at_once(THREADS, work) == [None] * THREADS
    with database.read() as session:
        counted = session.scalar(select(func.count()).where(Query.state == QueryState.RESOLVED))
        assert session.get_one(Round, round_id).num_resolved == counted == THREADS * 3
        assert session.scalar(select(func.count()).select_from(Answer)) == THREADS * 3


def test_sixteen_answers_to_one_query_are_one_answer_and_opinions(database, crowd):
    round_id, query_ids, people = crowd
    tokens = []
    for who in people:
        tokens.append(lease(database, who, size=1).lease_token)
        with database.write() as session:  # the lease runs out, and the next one gets the same query
            session.execute(update(Query).values(packet_id=None, lease_expires_at=None))

    def work(number: int) -> KeptAs:
        said = Said(kind=AnswerKind.LABEL_MAP, class_id=number % 11)
        return put(database, people[number], query_ids[0], said, tokens[number]).kept_as

    kept = at_once(THREADS, work)
    assert sorted(kept) == [KeptAs.ANSWER] + [KeptAs.OPINION] * (THREADS - 1)
    with database.read() as session:
        assert session.get_one(Round, round_id).num_resolved == 1


def test_one_answer_sent_from_two_tabs_at_once_is_one_answer(database, crowd):
    _, query_ids, people = crowd
    token = lease(database, people[0], size=1).lease_token
    said = Said(kind=AnswerKind.VOID)
    receipts = at_once(4, lambda _: put(database, people[0], query_ids[0], said, token))
    assert {(receipt.kept_as, receipt.revision) for receipt in receipts} == {(KeptAs.ANSWER, 1)}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Answer)) == 1


def test_a_round_that_is_closed_while_people_answer_counts_what_it_kept(database, crowd, admin):
    round_id, _, people = crowd

    def work(number: int) -> str:
        if number == 0:
            with database.write() as session:
                return rounds.close(session, admin.actor, round_id, discard_open=True).state.value
        leased = lease(database, people[number], size=2)
        if leased is None:
            return "came too late"
        for query in leased.queries:
            put(database, people[number], query.id, Said(kind=AnswerKind.VOID), leased.lease_token)
        return "answered"

    results = at_once(THREADS, work)
    assert results[0] == "closed"
    assert all(isinstance(r, IllegalTransition) or r in ("answered", "came too late") for r in results[1:])
    with database.read() as session:
        round_ = session.get_one(Round, round_id)
        counted = session.scalar(select(func.count()).where(Query.state == QueryState.RESOLVED))
        assert (round_.state, round_.num_resolved) == (RoundState.CLOSED, counted)
        assert session.scalar(select(func.count()).select_from(Answer)) == counted


def after_a_look(database: Database, first: Callable[[Session], Any], second: Callable[[Session], Any]) -> Any:
    """Result, or error of the product, of `second`, which begins before the transaction of `first` has committed."""
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            first(session)
            session.flush()
            pending = pool.submit(_in_transaction, database, second)
            time.sleep(0.3)  # s; `second` has looked at the rows by now, or waits for them
        return pending.result()


def _in_transaction(database: Database, work: Callable[[Session], Any]) -> Any:
    try:
        with database.write() as session:
            return work(session)
    except ServiceError as error:
        return error


def test_a_start_that_comes_upon_an_undo_leaves_the_round_open(database, scene):
    """The next round closes the one before because all is answered: not while the last answer is being taken back."""
    with database.write() as session:
        leased = packets.lease(session, scene.annotator.actor, scene.slug, size=12, lease_seconds=600)
        for query_id in scene.query_ids:
            said = Said(kind=AnswerKind.VOID)
            answers.put(session, scene.annotator.actor, query_id, said, lease_token=leased.lease_token)
    started = after_a_look(
        database,
        lambda session: answers.undo(session, scene.annotator.actor, scene.query_ids[-1], lease_token=None),
        lambda session: rounds.start(session, scene.admin.actor, scene.slug, Request(), idempotency_key=None),
    )
    assert isinstance(started, RoundOpen)
    with database.read() as session:
        first = session.get_one(Round, scene.round_id)
        assert (first.state, first.num_resolved) == (RoundState.LABELLING, 11)


def test_an_answer_cannot_be_changed_while_its_round_is_closed(database, scene):
    with database.write() as session:
        token = packets.lease(session, scene.annotator.actor, scene.slug, size=1, lease_seconds=600).lease_token
        answers.put(session, scene.annotator.actor, scene.query_ids[0], Said(kind=AnswerKind.VOID), lease_token=token)
    changed = after_a_look(
        database,
        lambda session: rounds.close(session, scene.admin.actor, scene.round_id, discard_open=True),
        lambda session: answers.put(
            session, scene.annotator.actor, scene.query_ids[0], Said(kind=AnswerKind.BAD_QUERY), lease_token=token
        ),
    )
    assert isinstance(changed, IllegalTransition)
    with database.read() as session:
        assert session.scalars(select(Answer.kind)).one() is AnswerKind.VOID


def test_of_two_who_start_a_round_at_once_one_wins(database, blobs, admin):
    project = empty_project(database, admin)
    add_pack_images(database, blobs, project, Domain.SOURCE, Split.TRAIN, count=1)
    add_pack_images(database, blobs, project, Domain.TARGET, Split.TRAIN, count=8)

    def work(number: int) -> Round:
        with database.write() as session:
            return rounds.start(session, admin.actor, "demo", Request(), idempotency_key=f"key {number}")

    results = at_once(4, work)
    assert sorted(type(result).__name__ for result in results) == ["Round"] + ["RoundOpen"] * 3
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_one_request_sent_many_times_at_once_is_one_round(database, blobs, admin):
    project = empty_project(database, admin)
    add_pack_images(database, blobs, project, Domain.SOURCE, Split.TRAIN, count=1)
    add_pack_images(database, blobs, project, Domain.TARGET, Split.TRAIN, count=8)

    def work(_: int) -> str:
        with database.write() as session:
            return rounds.start(session, admin.actor, "demo", Request(), idempotency_key="one key").id

    assert len(set(at_once(4, work))) == 1


def test_a_job_is_claimed_by_one_of_sixteen(database, admin, scene):
    with database.write() as session:
        job = jobs.create(session, kind=JobKind.IMPORT_DATASET, project_id=scene.project_id)

    def work(number: int) -> Job | None:
        with database.write() as session:
            return job_rows.claim(session, job.id, worker=f"w{number}")

    claimed = [found for found in at_once(THREADS, work) if found is not None]
    assert len(claimed) == 1
    with database.read() as session:
        assert (session.get_one(Job, job.id).worker, session.get_one(Job, job.id).attempt) == (claimed[0].worker, 1)


def test_a_round_that_is_cancelled_while_its_worker_moves_it_on_has_no_job_left(database, blobs, admin):
    project = empty_project(database, admin)
    add_pack_images(database, blobs, project, Domain.SOURCE, Split.TRAIN, count=1)
    add_pack_images(database, blobs, project, Domain.TARGET, Split.TRAIN, count=8)
    with database.write() as session:
        round_ = rounds.start(session, admin.actor, "demo", Request(), idempotency_key=None)
    with database.write() as session:
        job = job_rows.claim(session, job_rows.newest_of_round(session, round_.id).id, worker="w")
    after_a_look(
        database,
        lambda session: jobs.succeed(session, job),
        lambda session: rounds.cancel(session, admin.actor, round_.id),
    )
    with database.read() as session:
        assert session.get_one(Round, round_.id).state is RoundState.CANCELLED
        states = session.scalars(select(Job.state).where(Job.round_id == round_.id).order_by(Job.id)).all()
        assert states == [JobState.SUCCEEDED, JobState.CANCELLED]


def test_two_admins_who_switch_each_other_off_do_not_both_succeed(database, admin):
    other = person(database, "second@localhost", role=UserRole.ADMIN)
    result = after_a_look(
        database,
        lambda session: auth.change_user(session, other.user_id, is_active=False),
        lambda session: auth.change_user(session, admin.user_id, is_active=False),
    )
    assert isinstance(result, Conflict)


def test_one_link_signs_in_one_of_many(database, admin):
    with database.write() as session:
        link = auth.issue(session, admin.user_id, kind="link", life=timedelta(minutes=1)).text

    def work(_: int) -> str:
        with database.write() as session:
            return auth.redeem_link(session, link).id

    assert at_once(8, work).count(admin.user_id) == 1


def test_a_name_taken_at_the_same_moment_is_a_conflict_and_no_crash(database, admin):
    def work(number: int) -> str:
        with database.write() as session:
            auth.create_user(session, email="new@localhost", name="New", role=UserRole.ANNOTATOR)
            return projects.create(
                session, admin.actor, slug="new", name="New", classes=pack_classes(), config=rounds.RoundConfig()
            ).slug

    results = at_once(8, work)
    assert results.count("new") == 1
    assert all(isinstance(result, Conflict) for result in results if result != "new")


def test_looking_does_not_wait_for_whoever_writes(database, scene):
    with database.write() as session:
        round_rows.move(
            session, session.get_one(Round, scene.round_id), expected=RoundState.LABELLING, to=RoundState.CLOSED
        )
        session.flush()
        with database.read() as other:
            assert other.get_one(Round, scene.round_id).state is RoundState.LABELLING
