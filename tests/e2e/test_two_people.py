"""Two people and the same regions: nobody's word is lost, and both are told what became of it."""

from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from backend.db.base import now
from backend.db.tables import Packet, Query
from tests.e2e.conftest import House, eventually, press, shown
from tests.e2e.eyes import look
from tests.e2e.people import answers_of, join, labelling
from tests.factories import Scene


def let_leases_run_out(house: House, scene: Scene) -> None:
    past = now() - timedelta(minutes=1)
    with house.database.write() as session:
        leased = session.query(Query).filter(Query.round_id == scene.round_id, Query.packet_id.is_not(None))
        assert leased.update({Query.lease_expires_at: past})
        session.query(Packet).filter_by(round_id=scene.round_id).update({Packet.expires_at: past})


def test_answers_after_the_lease_ran_out_are_taken_or_kept_as_opinions(
    desk: Page, browser: Browser, house: House, scene: Scene
) -> None:
    anna, otto = scene.annotator, join(house, scene, scene.outsider)
    let_leases_run_out(house, scene)
    with labelling(browser, house, scene, otto) as other:
        shown(other)
        first = [press(other, "1"), press(other, "2")]
        eventually(other, lambda: len(answers_of(house, scene, otto)) == 2)
        mine = [press(desk, key) for key in ("5", "6", "7")]
        assert mine[:2] == first
        expect(desk.get_by_test_id("notice")).to_have_text(
            "Others answered 2 regions first; your answers to them are kept as second opinions."
        )
        look(desk, "label-opinion", fits=True)
        eventually(desk, lambda: len(answers_of(house, scene, anna)) == 3)
        third = press(other, "3")  # still held there, and answered meanwhile
        assert third == mine[2]
        expect(other.get_by_test_id("notice")).to_have_text(
            "Somebody else answered that region first; yours is kept as a second opinion."
        )
    assert answers_of(house, scene, anna) == {mine[0]: ("opinion", 4), mine[1]: ("opinion", 5), third: ("answer", 6)}
    assert answers_of(house, scene, otto) == {mine[0]: ("answer", 0), mine[1]: ("answer", 1), third: ("opinion", 2)}
    with house.database.read() as session:
        assert session.query(Query).filter_by(round_id=scene.round_id, state="resolved").count() == 3


def test_what_one_is_unsure_of_goes_to_another_and_never_back(
    desk: Page, browser: Browser, house: House, scene: Scene
) -> None:
    anna, otto = scene.annotator, join(house, scene, scene.outsider)
    unsure = [press(desk, "u"), press(desk, "u")]
    rest = {press(desk, "1") for _ in range(len(scene.query_ids) - 2)}
    assert rest == set(scene.query_ids) - set(unsure)
    expect(desk.get_by_test_id("done")).to_contain_text("wait for a second opinion")
    desk.reload()
    expect(desk.get_by_test_id("done")).to_contain_text("wait for a second opinion")
    look(desk, "label-waits", fits=True)
    assert all(house.query(query_id).state.value == "open" for query_id in unsure)
    with labelling(browser, house, scene, otto) as other:
        assert press(other, "u") == unsure[0]
        assert press(other, "4") == unsure[1]
        eventually(other, lambda: len(answers_of(house, scene, otto)) == 2)
    resolved = [house.query(query_id) for query_id in unsure]
    assert [(query.state.value, query.resolution) for query in resolved] == [
        ("resolved", "unsure"),
        ("resolved", "label_map"),
    ]
    assert [answers_of(house, scene, anna)[query_id] for query_id in unsure] == [("opinion", "unsure")] * 2
    assert answers_of(house, scene, otto) == {unsure[0]: ("opinion", "unsure"), unsure[1]: ("answer", 3)}
