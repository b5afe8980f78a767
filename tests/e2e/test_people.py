"""What people have done, as admins see all of it and annotators their own."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from backend.db.tables import Query
from tests.e2e.conftest import House
from tests.e2e.eyes import LARGE, SMALL, look
from tests.e2e.people import join
from tests.factories import Person, Scene, labelling_scene, person
from tests.seats import Seat

Enter = Callable[[Person, str], Page]
HALF = 63  # queries of each person: 42 with the suggestion in sight, 21 without it


@pytest.fixture(scope="module")
def office(house: House) -> Scene:
    """Two people have answered all of a round, the suggestion of every third region hidden from them.

    Of the regions that they name, 40 in sight and 20 hidden, anna agrees with 39 and 18, olga with 37 and 12.
    """
    scene = labelling_scene(house.database, house.blobs, slug="office", num_queries=2 * HALF, target=5)
    with house.database.write() as session:
        best = {}
        for rank, query_id in enumerate(scene.query_ids):
            query = session.get_one(Query, query_id)
            query.suggestion_hidden = rank % 3 == 2
            best[rank] = query.best_class
    with httpx.Client(base_url=house.url) as client:
        anna = Seat(client, scene, scene.annotator, size=HALF)
        olga = Seat(client, scene, join(house, scene, person(house.database, "olga@localhost")), size=HALF)
        for seat, seconds, accepted, agreeing in ((anna, 2.0, 30, (39, 18)), (olga, 4.0, 20, (37, 12))):
            assert len(seat.ranks) == HALF
            for hidden, agree in enumerate(agreeing):
                ranks = [rank for rank in seat.ranks if (rank % 3 == 2) == bool(hidden)]
                others = ["unsure"] if hidden else ["void", "bad_query"]
                for kind in others:
                    assert seat.put(ranks.pop(), {"kind": kind, "seconds": seconds}).status_code == 200
                for nth, rank in enumerate(ranks):
                    class_id = best[rank] if nth < agree else (best[rank] + 1) % 11
                    seat.says(rank, class_id, seconds=seconds, accepted_suggestion=not hidden and nth < accepted)
    return scene


def row(page: Page, name: str) -> list[str]:
    """A person's figures, all but the time of the last answer."""
    found = page.get_by_role("region", name="People").get_by_role("row").filter(has=page.get_by_role("rowheader"))
    cells = found.filter(has_text=name).get_by_role("cell").all_inner_texts()
    return [" ".join(text.split()) for text in cells[:-1]]


def test_an_admin_sees_who_answers_how(enter: Enter, office: Scene) -> None:
    page = enter(office.admin, f"/projects/{office.slug}")
    people = page.get_by_role("region", name="People")
    expect(people.get_by_role("row")).to_have_count(5)  # two of heads, two people, all
    # answers, time, a minute, accepted of 40 in sight; agreement in sight and hidden; unsure, void, bad query
    assert row(page, "anna") == ["63", "2 min", "30.0", "75 %", "98 % 39 of 40", "90 % 18 of 20", "1", "1", "1"]
    assert row(page, "olga") == ["63", "4 min", "15.0", "50 %", "93 % 37 of 40", "60 % 12 of 20", "1", "1", "1"]
    assert row(page, "all") == ["126", "6 min", "20.0", "63 %", "95 % 76 of 80", "75 % 30 of 40", "2", "2", "2"]
    # Newcombe's interval of 76 / 80 - 30 / 40, worked out apart from the service: 0.0703 to 0.3549
    expect(people).to_contain_text(
        "With the suggestion in sight people agree with it in 95\u202f% of regions, without it in 75\u202f%: "
        "20 points more (95\u202f% interval 7 to 35). Seeing it sways them."
    )
    name = "Difference of 20 points, 95 % interval from 7 to 35; 0 is outside it"
    expect(people.get_by_role("img", name=name)).to_be_visible()
    for width, height in (LARGE, SMALL):
        page.set_viewport_size({"width": width, "height": height})
        people.evaluate("(element) => element.scrollIntoView({ block: 'end' })")
        look(page, "project-people", sizes=((width, height),))


def test_it_comes_by_itself_and_claims_nothing_too_early(enter: Enter, house: House, scene: Scene) -> None:
    page = enter(scene.admin, f"/projects/{scene.slug}")
    people = page.get_by_role("region", name="People")
    expect(people).to_contain_text("Nobody has answered yet.")
    people.scroll_into_view_if_needed()
    look(page, "project-people-none")
    with httpx.Client(base_url=house.url) as client:
        seat = Seat(client, scene, scene.annotator)
        for rank in seat.ranks[:3]:
            seat.says(rank)
    expect(people.get_by_role("row").filter(has_text="anna")).to_contain_text("3")
    expect(people).to_contain_text(
        "Not known yet: 0 answers with hidden suggestions and 3 with suggestions in sight; some 100 of each are needed."
    )
    expect(people.get_by_role("img")).to_have_count(0)


def test_an_annotator_sees_only_their_own(enter: Enter, house: House, office: Scene, scene: Scene) -> None:
    page = enter(office.annotator, f"/projects/{office.slug}")
    own = page.get_by_test_id("own-work")
    expect(own).to_have_text(
        "Your work here: 63 answers in 2 min of active time, 30.0 a minute, 75\u202f% accepted suggestions."
    )
    expect(page.get_by_role("region", name="People")).to_have_count(0)
    page.get_by_role("button", name="anna").click()
    page.get_by_role("menuitemradio", name="Deutsch").click()
    expect(own).to_have_text(
        "Eigene Arbeit hier: 63 Antworten in 2 min aktiver Zeit, 30,0 je Minute, 75\u202f% angenommene Vorschläge."
    )
    page.goto(f"{house.url}/projects/{scene.slug}")
    expect(own).to_have_text("Eigene Arbeit hier: noch keine Antworten.")


def test_a_round_is_told_how_often_to_hide_suggestions(enter: Enter, office: Scene) -> None:
    page = enter(office.admin, f"/projects/{office.slug}")
    page.get_by_role("button", name="Close round").click()
    page.get_by_role("dialog").get_by_role("button", name="Close round").click()
    page.get_by_role("button", name="Start the next round").click()
    page.get_by_role("button", name="More").click()
    hidden = page.get_by_label("Suggestion hidden")
    expect(hidden).to_have_value("5 %")
    look(page, "project-start-more", sizes=(LARGE, SMALL))
    hidden.fill("12.5")
    page.get_by_label("Budget").fill("3")
    with page.expect_request("**/rounds") as asked:
        page.get_by_role("button", name="Start", exact=True).click()
    assert asked.value.post_data_json["config"]["labelling"] == {"hidden_share": 0.125}
    expect(page.get_by_role("heading", name="Round 1")).to_be_visible()
