"""Signing in and out; users, links and tokens."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from backend.api import auth as auth_routes
from backend.db.base import now
from backend.db.tables import Credential, User
from backend.domain.vocabulary import UserRole
from backend.services.throttle import Throttle
from tests.factories import person

API = "/api/v1"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_throttle(monkeypatch):
    """One process, one throttle: another test's failures must not count here."""
    monkeypatch.setattr(auth_routes, "_failures", Throttle(limit=10, seconds=300))


@pytest.fixture
def anna(database):
    return person(database, "anna@localhost", password=PASSWORD)


def login(client: TestClient, email: str = "anna@localhost", password: str = PASSWORD):
    return client.post(f"{API}/auth/login", json={"email": email, "password": password})


def test_a_password_signs_in_and_the_cookie_is_out_of_scripts_reach(client, anna):
    got = login(client, "Anna@LOCALHOST")
    assert (got.status_code, got.json()["email"]) == (200, "anna@localhost")
    cookie = got.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert client.get(f"{API}/auth/me").json()["id"] == anna.user_id


@pytest.mark.parametrize(("email", "password"), [("anna@localhost", "wrong horse"), ("nobody@localhost", PASSWORD)])
def test_a_wrong_password_and_an_unknown_person_read_the_same(client, anna, email, password):
    got = login(client, email, password)
    assert (got.status_code, got.json()["code"]) == (401, "unauthenticated")
    assert got.json()["detail"] == "That e-mail and password do not belong together."
    assert "set-cookie" not in got.headers


def test_somebody_without_a_password_cannot_sign_in_with_an_empty_one(client, database):
    person(database, "bela@localhost")
    assert login(client, "bela@localhost", "").status_code == 401


def test_ten_failures_slow_guessing_down_in_any_spelling(client, anna):
    for spelling in ["anna@localhost", "ANNA@localhost"] * 5:
        assert login(client, spelling, "wrong horse").status_code == 401
    got = login(client, "Anna@localhost")
    assert (got.status_code, got.json()["code"], got.headers["retry-after"]) == (429, "too_many_requests", "5")
    assert login(client, "bela@localhost").status_code == 401  # others are not held up


def test_a_throttle_forgets_after_its_time_and_never_grows_without_end(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    throttle = Throttle(limit=2, seconds=10)
    for moment in (0.0, 6.0):
        clock[0] = moment
        throttle.note("a")
    with pytest.raises(Exception, match="Too many"):
        throttle.check("a")
    clock[0] = 10.5
    throttle.check("a")
    for number in range(20_000):
        throttle.note(str(number))
    assert len(throttle._failures) <= 10_000


def test_logout_ends_every_browser_session_and_no_token(client, app, anna):
    login(client)
    other = TestClient(app)
    login(other)
    assert client.post(f"{API}/auth/logout").status_code == 204
    assert [one.get(f"{API}/auth/me").status_code for one in (client, other)] == [401, 401]
    assert client.get(f"{API}/auth/me", headers=anna.headers).status_code == 200


def test_a_link_signs_in_once(client, app, admin, anna):
    made = client.post(f"{API}/users/{anna.user_id}/sign-in-link", headers=admin.headers)
    assert made.status_code == 201
    token = made.json()["url"].partition("/sign-in?token=")[2]
    first = client.post(f"{API}/auth/sign-in-link", json={"token": token})
    assert (first.status_code, first.json()["id"]) == (200, anna.user_id)
    assert client.get(f"{API}/auth/me").json()["id"] == anna.user_id
    again = TestClient(app).post(f"{API}/auth/sign-in-link", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (401, "unauthenticated")


def test_a_link_is_no_bearer_token_and_a_token_no_link(client, admin, anna):
    url = client.post(f"{API}/users/{anna.user_id}/sign-in-link", headers=admin.headers).json()["url"]
    link = {"Authorization": f"Bearer {url.partition('token=')[2]}"}
    assert client.get(f"{API}/auth/me", headers=link).status_code == 401
    assert client.post(f"{API}/auth/sign-in-link", json={"token": anna.token}).status_code == 401


@pytest.mark.parametrize("kind", ["link", "session", "token"])
def test_what_has_expired_signs_nobody_in(client, database, admin, anna, kind):
    url = client.post(f"{API}/users/{anna.user_id}/sign-in-link", headers=admin.headers).json()["url"]
    login(client)
    past = now() - timedelta(seconds=1)
    with database.write() as session:
        session.execute(update(Credential).where(Credential.kind == kind).values(expires_at=past))
    calls = {
        "session": lambda: client.get(f"{API}/auth/me"),
        "token": lambda: client.get(f"{API}/auth/me", headers=anna.headers),
        "link": lambda: client.post(f"{API}/auth/sign-in-link", json={"token": url.partition("token=")[2]}),
    }
    assert {name: call().status_code == 401 for name, call in calls.items()} == {name: name == kind for name in calls}


def test_secrets_are_kept_as_hashes_only(client, database, admin, anna):
    login(client)
    token = client.post(f"{API}/tokens", json={"name": "script"}, headers=anna.headers).json()["token"]
    cookie = client.cookies["stal_session"]
    with database.read() as session:
        rows = [[str(value) for value in vars(row).values()] for row in session.scalars(select(Credential))]
        rows += [[str(value) for value in vars(row).values()] for row in session.scalars(select(User))]
    text = str(rows)
    assert not any(secret in text for secret in (token, cookie, anna.token, PASSWORD))


def test_a_token_is_listed_without_its_secret_and_ended_by_its_owner_only(client, admin, anna):
    made = client.post(f"{API}/tokens", json={"name": "script", "expires_in_days": 1}, headers=anna.headers).json()
    mine = {"Authorization": f"Bearer {made['token']}"}
    listed = client.get(f"{API}/tokens", headers=mine).json()["items"]
    assert next(row for row in listed if row["name"] == "script").keys() == made.keys() - {"token"}
    assert client.delete(f"{API}/tokens/{made['id']}", headers=admin.headers).status_code == 404
    assert client.delete(f"{API}/tokens/{made['id']}", headers=anna.headers).status_code == 204
    assert client.get(f"{API}/auth/me", headers=mine).status_code == 401


def test_a_page_of_another_site_cannot_act_with_the_cookie(client, anna):
    login(client)
    body = {"name": "stolen"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.test"}):
        got = client.post(f"{API}/tokens", json=body, headers=headers)
        assert (got.status_code, got.json()["code"]) == (403, "forbidden")
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}):
        assert client.post(f"{API}/tokens", json=body, headers=headers).status_code == 201


def test_a_person_who_is_switched_off_is_out_at_once(client, admin, anna):
    login(client)
    changed = client.patch(f"{API}/users/{anna.user_id}", json={"is_active": False}, headers=admin.headers)
    assert changed.json()["is_active"] is False
    assert client.get(f"{API}/auth/me").status_code == 401
    assert client.get(f"{API}/auth/me", headers=anna.headers).status_code == 401
    assert login(client).status_code == 401


def test_a_new_password_ends_the_sessions_of_the_old_one(client, admin, anna):
    login(client)
    new = "another long password"
    client.patch(f"{API}/users/{anna.user_id}", json={"password": new}, headers=admin.headers)
    assert client.get(f"{API}/auth/me").status_code == 401
    assert (login(client).status_code, login(client, password=new).status_code) == (401, 200)


def test_a_change_touches_what_is_given_only(client, admin, anna):
    before = client.get(f"{API}/auth/me", headers=anna.headers).json()
    client.patch(f"{API}/users/{anna.user_id}", json={"name": "Anna B."}, headers=admin.headers)
    after = client.get(f"{API}/auth/me", headers=anna.headers).json()
    assert after == before | {"name": "Anna B."}
    assert login(client).status_code == 200  # the password, too


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "annotator"}])
def test_the_last_active_admin_stays_one(client, database, admin, change):
    person(database, "second@localhost", role=UserRole.ADMIN)
    second = client.get(f"{API}/users", headers=admin.headers).json()["items"][-1]
    assert client.patch(f"{API}/users/{second['id']}", json=change, headers=admin.headers).status_code == 200
    got = client.patch(f"{API}/users/{admin.user_id}", json=change, headers=admin.headers)
    assert (got.status_code, got.json()["code"]) == (409, "conflict")
    assert client.get(f"{API}/users", headers=admin.headers).status_code == 200


def test_a_user_is_added_once_and_with_a_password_that_is_long_enough(client, admin):
    body = {"email": "Dora@localhost", "name": "Dora", "password": "short"}
    short = client.post(f"{API}/users", json=body, headers=admin.headers)
    assert (short.status_code, short.json()["code"]) == (422, "invalid_input")
    body["password"] = PASSWORD
    assert client.post(f"{API}/users", json=body, headers=admin.headers).json()["email"] == "dora@localhost"
    again = client.post(f"{API}/users", json=body | {"email": "DORA@localhost"}, headers=admin.headers)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert len(client.get(f"{API}/users", headers=admin.headers).json()["items"]) == 2


@pytest.mark.parametrize("email", ["no-at-sign", "a b@c", "a\x00b@c"])
def test_an_address_that_is_none_is_refused(client, admin, email):
    got = client.post(f"{API}/users", json={"email": email, "name": "X"}, headers=admin.headers)
    # SQLite keeps a NUL where PostgreSQL cannot; neither may crash.
    assert got.status_code == 422 or (email == "a\x00b@c" and got.status_code == 201)
    assert login(client, email).status_code in (401, 422)
