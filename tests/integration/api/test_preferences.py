"""Preferences: one's own, whole, and nothing that is not known."""

import pytest

API = "/api/v1"
DEFAULTS = {"keys": {}, "single_keys": True, "language": None}
MINE = {"keys": {"accept": "enter", "class:road": "shift+k"}, "single_keys": False, "language": "de"}


def put(client, who, body):
    return client.put(f"{API}/auth/me/preferences", json=body, headers=who.headers)


def mine(client, who) -> dict:
    return client.get(f"{API}/auth/me", headers=who.headers).json()["preferences"]


def test_they_begin_empty_are_replaced_whole_and_are_ones_own(client, annotator, admin):
    assert mine(client, annotator) == DEFAULTS
    got = put(client, annotator, MINE)
    assert (got.status_code, got.json()) == (200, MINE)
    assert (mine(client, annotator), mine(client, admin)) == (MINE, DEFAULTS)
    put(client, annotator, {"language": "en"})
    assert mine(client, annotator) == DEFAULTS | {"language": "en"}


def test_me_says_who_i_am_as_before_and_lists_of_people_show_no_preferences(client, annotator, admin):
    me = client.get(f"{API}/auth/me", headers=annotator.headers).json()
    assert (me["id"], me["email"], me["role"]) == (annotator.user_id, "anna@localhost", "annotator")
    for user in client.get(f"{API}/users", headers=admin.headers).json()["items"]:
        assert "preferences" not in user


@pytest.mark.parametrize(
    "body",
    [
        {"theme": "dark"},
        {"language": "fr"},
        {"single_keys": None},
        {"keys": {"a" * 41: "x"}},
        {"keys": {"accept": "x" * 25}},
        {"keys": {"": "x"}},
        {"keys": {"accept": ""}},
        {"keys": {"accept": None}},
        {"keys": {f"action {number}": "x" for number in range(201)}},
    ],
)
def test_what_is_not_known_or_too_long_changes_nothing(client, annotator, body):
    put(client, annotator, MINE)
    got = put(client, annotator, body)
    assert (got.status_code, got.json()["code"]) == (422, "invalid_input")
    assert mine(client, annotator) == MINE


def test_as_many_as_allowed_are_kept(client, annotator):
    keys = {f"{number:040}": "k" * 24 for number in range(200)}
    assert put(client, annotator, {"keys": keys}).json()["keys"] == keys
    assert mine(client, annotator)["keys"] == keys


def test_nobody_has_none(client, annotator):
    assert client.put(f"{API}/auth/me/preferences", json=MINE).status_code == 401


def test_keys_are_kept_as_the_page_names_them(client, annotator):
    said = {"keys": {"accept": "Enter", "tool-brush": "Shift+K"}}
    kept = client.put(f"{API}/auth/me/preferences", headers=annotator.headers, json=said).json()
    assert kept["keys"] == {"accept": "enter", "tool-brush": "shift+k"}
