"""Several people at one installation: who they are, how they come in, what they have said."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from backend.db.tables import Answer, Member, Query
from tests.e2e.conftest import House, eventually
from tests.factories import Person, Scene


def join(house: House, scene: Scene, person: Person) -> Person:
    """Make a member of a person."""
    with house.database.write() as session:
        session.add(Member(project_id=scene.project_id, user_id=person.user_id))
    return person


def sign_in(page: Page, person: Person, password: str) -> None:
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=False).first.fill(password)
    page.keyboard.press("Enter")


@contextmanager
def labelling(browser: Browser, house: House, scene: Scene, person: Person) -> Iterator[Page]:
    """A person's labelling page in a browser profile of their own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        context.add_cookies([{"name": "stal_session", "value": house.session_of(person), "url": house.url}])
        page = context.new_page()
        page.goto(f"{house.url}/projects/{scene.slug}/label")
        yield page
    finally:
        context.close()


def answers_of(house: House, scene: Scene, person: Person) -> dict[str, tuple[str, Any]]:
    """What a person has said in a scene's round, by query: as what it is kept, and its class or its kind."""
    with house.database.read() as session:
        rows = session.query(Answer).join(Query, Query.id == Answer.query_id)
        return {
            row.query_id: (row.kept_as.value, row.kind.value if row.class_id is None else row.class_id)
            for row in rows.filter(Query.round_id == scene.round_id, Answer.user_id == person.user_id)
        }


def all_arrived(page: Page, house: House, scene: Scene, said: Sequence[str]) -> None:
    """What the annotator has said in this order with the keys from 1 on is there: each of it once, and nothing else."""
    expected = {query_id: ("answer", class_id) for class_id, query_id in enumerate(said)}
    eventually(page, lambda: answers_of(house, scene, scene.annotator) == expected, seconds=20)
    expect(page.get_by_test_id("outbox")).to_have_text("")
    page.wait_for_timeout(300)  # a second sending would come now
    assert [house.query(query_id).revision for query_id in said] == [1] * len(said)
