"""Signing in and out (invariant S3): one-time links, passwords, sessions, limits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import Parts
from app.web import accounts
from app.web.user_store import User, Users
from campaigns.role import Role
from tests.web.site import ACCOUNT, TestClock, Visitor, make_parts

PASSWORD = "correct horse battery"


@pytest.fixture
def clock() -> TestClock:
    """A clock that the test moves."""
    return TestClock()


@pytest.fixture
def parts(tmp_path: Path, clock: TestClock) -> Parts:
    """A new installation."""
    return make_parts(tmp_path, clock)


def with_password(parts: Parts) -> Visitor:
    """An administrator who has set a password."""
    visitor = Visitor(parts)
    answer = visitor.post("/account/password", password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 302
    return visitor


def sign_in(parts: Parts, password: str = PASSWORD, name: str = "admin") -> Visitor:
    """Another browser, after a try to sign in by password."""
    visitor = Visitor(parts, signed_in=False)
    visitor.post("/sign-in", name=name, password=password)
    return visitor


def is_in(visitor: Visitor) -> bool:
    """Whether the browser is signed in."""
    return visitor.get("/campaigns").status_code == 200


def test_there_is_no_default_password(parts: Parts) -> None:
    """A new installation lets nobody in by a password, whatever it is."""
    token = accounts.one_time_token(parts.database, ACCOUNT, parts.clock.now())
    assert token is not None
    for password in ("", "admin", "password", "fairdial"):
        assert not is_in(sign_in(parts, password))


def test_a_link_signs_in_once(parts: Parts) -> None:
    """The second use of a one-time link is refused, and says what to do."""
    token = accounts.new_one_time_token(parts.database, ACCOUNT, parts.clock.now())
    first, second = Visitor(parts, signed_in=False), Visitor(parts, signed_in=False)
    assert first.post(f"/sign-in/{token}").headers["Location"] == "/account/password"
    assert is_in(first)
    answer = second.post(f"/sign-in/{token}")
    assert answer.status_code == 410
    assert "newest link" in answer.text
    assert not is_in(second)


def test_looking_at_a_link_does_not_use_it_up(parts: Parts) -> None:
    """A program that previews links leaves them usable."""
    token = accounts.new_one_time_token(parts.database, ACCOUNT, parts.clock.now())
    visitor = Visitor(parts, signed_in=False)
    for _ in range(3):
        assert visitor.get(f"/sign-in/{token}").status_code == 200
    visitor.post(f"/sign-in/{token}")
    assert is_in(visitor)


def test_a_link_ends_after_a_day(parts: Parts, clock: TestClock) -> None:
    """A link that lay about for 24 hours signs nobody in."""
    token = accounts.new_one_time_token(parts.database, ACCOUNT, clock.now())
    clock.move(timedelta(hours=24))
    assert Visitor(parts, signed_in=False).post(f"/sign-in/{token}").status_code == 410


def test_a_newer_link_makes_older_ones_void(parts: Parts) -> None:
    """Only the newest link is open."""
    old = accounts.new_one_time_token(parts.database, ACCOUNT, parts.clock.now())
    accounts.new_one_time_token(parts.database, ACCOUNT, parts.clock.now())
    assert Visitor(parts, signed_in=False).post(f"/sign-in/{old}").status_code == 410


def test_no_link_is_needed_once_there_is_a_password(parts: Parts) -> None:
    """The server prints a link until somebody has a password, and on demand ever after."""
    with_password(parts)
    assert accounts.one_time_token(parts.database, ACCOUNT, parts.clock.now()) is None
    token = accounts.new_one_time_token(parts.database, ACCOUNT, parts.clock.now())
    visitor = Visitor(parts, signed_in=False)
    visitor.post(f"/sign-in/{token}")
    assert is_in(visitor)


def test_secrets_are_kept_hashed(parts: Parts, tmp_path: Path) -> None:
    """A copy of the database lets nobody in: no token, password or session stands in it."""
    visitor = with_password(parts)
    token = accounts.new_one_time_token(parts.database, ACCOUNT, parts.clock.now())
    with visitor.client.session_transaction() as session:
        session_token = session["_user_id"]
    parts.database.engine.dispose()
    content = b"".join(file.read_bytes() for file in tmp_path.glob("site.db*"))
    assert b"$argon2id$" in content
    for secret in (token, session_token, PASSWORD):
        assert secret.encode() not in content


def test_password_signs_in_and_wrong_ones_do_not(parts: Parts) -> None:
    """A wrong password and an unknown name get the same answer."""
    with_password(parts)
    assert is_in(sign_in(parts))
    visitor = Visitor(parts, signed_in=False)
    wrong = visitor.post("/sign-in", name="admin", password="not it at all")
    unknown = visitor.post("/sign-in", name="nobody", password="not it at all")
    assert wrong.status_code == unknown.status_code == 401
    assert "do not match" in wrong.text
    assert "do not match" in unknown.text


@pytest.mark.parametrize("password", ["short", "a" * 20, "adminadminadmin", "x" * 257 + "abcd"])
def test_bad_passwords_are_refused(parts: Parts, password: str) -> None:
    """A password that is short, endless or easy to guess is refused at its field."""
    answer = Visitor(parts).post("/account/password", password=password, again=password)
    assert answer.status_code == 422
    assert 'href="#password"' in answer.text


def test_the_present_password_is_asked_for(parts: Parts) -> None:
    """Who finds an open browser cannot set another password, unless a link began the session."""
    with_password(parts)
    visitor = sign_in(parts)
    other = "another long password"
    answer = visitor.post("/account/password", current="wrong", password=other, again=other)
    assert answer.status_code == 422
    assert "not your present password" in answer.text
    assert is_in(sign_in(parts))


def test_session_id_changes_at_sign_in(parts: Parts) -> None:
    """A session that was planted before the sign-in is worth nothing after it (fixation)."""
    with_password(parts)
    visitor = Visitor(parts, signed_in=False)
    visitor.get("/sign-in")
    planted = visitor.client.get_cookie("fairdial_session")
    assert planted is not None
    visitor.post("/sign-in", name="admin", password=PASSWORD)
    first = visitor.client.get_cookie("fairdial_session")
    thief = Visitor(parts, signed_in=False)
    thief.client.set_cookie("fairdial_session", planted.value)
    assert not is_in(thief)
    again = sign_in(parts).client.get_cookie("fairdial_session")
    assert first is not None
    assert again is not None
    assert len({planted.value, first.value, again.value}) == 3


def test_sign_out_ends_copies_too(parts: Parts) -> None:
    """After sign-out a copy of the cookie is worth nothing."""
    visitor = with_password(parts)
    cookie = visitor.client.get_cookie("fairdial_session")
    assert cookie is not None
    thief = Visitor(parts, signed_in=False)
    thief.client.set_cookie("fairdial_session", cookie.value)
    assert is_in(thief)
    assert visitor.post("/sign-out").headers["Location"] == "/sign-in"
    assert not is_in(visitor)
    assert not is_in(thief)


def test_password_change_ends_other_sessions(parts: Parts) -> None:
    """Changing the password signs out every other browser, and renews this one's session."""
    visitor = with_password(parts)
    other = sign_in(parts)
    before = visitor.client.get_cookie("fairdial_session")
    new = "quite another password"
    visitor.post("/account/password", current=PASSWORD, password=new, again=new)
    assert is_in(visitor)
    assert not is_in(other)
    assert before is not None
    thief = Visitor(parts, signed_in=False)
    thief.client.set_cookie("fairdial_session", before.value)
    assert not is_in(thief)


def test_disabling_ends_sessions(parts: Parts) -> None:
    """A disabled user is out at once, and neither password nor link lets them in."""
    visitor = with_password(parts)
    with parts.database() as uow:
        users = Users(uow.connection)
        user = users.named("admin")
        assert user is not None
        users.enable(user.id, False)
    assert not is_in(visitor)
    assert not is_in(sign_in(parts))
    assert not is_in(Visitor(parts))


# ------------------------------------------------------------------------------------- people
def user_of(parts: Parts, name: str) -> User:
    """The user of that name."""
    with parts.database.reading() as uow:
        user = Users(uow.connection).named(name)
    assert user is not None
    return user


def add(parts: Parts, name: str = "Ola", role: Role = Role.MANAGER) -> str:
    """A new user's one-time token."""
    return accounts.add_user(parts.database, ACCOUNT, name, role, parts.clock.now())


@pytest.mark.parametrize("role", list(Role))
def test_a_user_who_is_added_signs_in_with_the_role(parts: Parts, role: Role) -> None:
    """By the link once, then by a password of their own."""
    visitor = Visitor(parts, signed_in=False)
    visitor.post(f"/sign-in/{add(parts, ' Ola ', role)}")
    assert is_in(visitor)
    visitor.post("/account/password", password=PASSWORD, again=PASSWORD)
    assert is_in(sign_in(parts, name="Ola"))
    assert user_of(parts, "Ola").role is role


def test_the_first_user_is_an_administrator(parts: Parts) -> None:
    """Who starts the service may do everything."""
    Visitor(parts)
    assert user_of(parts, "admin").role is Role.ADMINISTRATOR


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "two\nlines", "nul\0"])
def test_names_that_are_none_are_refused(parts: Parts, name: str) -> None:
    """A name is one line of text."""
    with pytest.raises(accounts.UserChangeError, match="printable"):
        add(parts, name)


def test_a_name_is_taken_once(parts: Parts) -> None:
    """In any account, since people sign in by it; the other's role and link stay as they were."""
    token = add(parts)
    for account in (ACCOUNT, "other"):
        with pytest.raises(accounts.UserExistsError, match="Ola"):
            accounts.add_user(parts.database, account, "Ola", Role.ADMINISTRATOR, parts.clock.now())
    assert user_of(parts, "Ola").role is Role.MANAGER
    visitor = Visitor(parts, signed_in=False)
    visitor.post(f"/sign-in/{token}")
    assert is_in(visitor)


def test_a_new_link_makes_the_old_one_void(parts: Parts) -> None:
    """For whoever has lost the first, or the password."""
    old = add(parts)
    new = accounts.new_link(parts.database, ACCOUNT, "Ola", parts.clock.now())
    visitor = Visitor(parts, signed_in=False)
    assert visitor.post(f"/sign-in/{old}").status_code == 410
    visitor.post(f"/sign-in/{new}")
    assert is_in(visitor)


def test_unknown_and_foreign_users_look_the_same(parts: Parts) -> None:
    """Nothing is said of other accounts' users."""
    accounts.add_user(parts.database, "other", "Ola", Role.MANAGER, parts.clock.now())
    for name in ("Ola", "nobody"):
        with pytest.raises(accounts.UnknownUserError, match=name):
            accounts.set_role(parts.database, ACCOUNT, name, Role.AGENT)
        with pytest.raises(accounts.UnknownUserError):
            accounts.enable(parts.database, ACCOUNT, name, enabled=False)
        with pytest.raises(accounts.UnknownUserError):
            accounts.new_link(parts.database, ACCOUNT, name, parts.clock.now())


def test_the_last_administrator_stays_one(parts: Parts) -> None:
    """Somebody may always do everything; a disabled one does not count."""
    Visitor(parts)
    add(parts, "Ola", Role.ADMINISTRATOR)
    accounts.enable(parts.database, ACCOUNT, "Ola", enabled=False)
    with pytest.raises(accounts.LastAdministratorError):
        accounts.set_role(parts.database, ACCOUNT, "admin", Role.MANAGER)
    with pytest.raises(accounts.LastAdministratorError):
        accounts.enable(parts.database, ACCOUNT, "admin", enabled=False)
    accounts.set_role(parts.database, ACCOUNT, "admin", Role.ADMINISTRATOR)
    accounts.enable(parts.database, ACCOUNT, "Ola", enabled=True)
    accounts.set_role(parts.database, ACCOUNT, "admin", Role.MANAGER)
    with parts.database.reading() as uow:
        roles = {each.name: each.role for each in Users(uow.connection).of_account(ACCOUNT)}
    assert roles == {"Ola": Role.ADMINISTRATOR, "admin": Role.MANAGER}


def test_sessions_end_by_themselves(parts: Parts, clock: TestClock) -> None:
    """After twelve hours one signs in again."""
    visitor = with_password(parts)
    clock.move(timedelta(hours=12))
    assert not is_in(visitor)


def test_failed_sign_ins_are_limited(parts: Parts, clock: TestClock) -> None:
    """After five failures even the right password waits; a quarter of an hour later it works."""
    with_password(parts)
    for _ in range(5):
        sign_in(parts, "wrong password")
    visitor = Visitor(parts, signed_in=False)
    answer = visitor.post("/sign-in", name="admin", password=PASSWORD)
    assert answer.status_code == 429
    assert "15 minutes" in answer.text
    assert not is_in(visitor)
    clock.move(timedelta(minutes=15))
    assert is_in(sign_in(parts))


def test_a_success_clears_the_failures(parts: Parts) -> None:
    """Who mistypes now and then is not locked out."""
    with_password(parts)
    for _ in range(3):
        sign_in(parts, "wrong password")
        sign_in(parts, "wrong password")
        assert is_in(sign_in(parts))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cookie_flags(parts: Parts, scheme: str) -> None:
    """The cookie is kept from scripts and other sites, and over TLS from plain connections."""
    visitor = Visitor(parts, signed_in=False)
    cookie = visitor.client.get("/sign-in", base_url=f"{scheme}://localhost").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is (scheme == "https")


@pytest.mark.parametrize(
    ("asked_for", "leads_to"),
    [
        ("/lists", "/lists"),
        ("//evil.example", "/campaigns"),
        ("/\\evil.example", "/campaigns"),
        ("https://evil.example", "/campaigns"),
        ("/x\r\nSet-Cookie: a=b", "/campaigns"),
    ],
)
def test_sign_in_leads_to_our_own_pages_only(parts: Parts, asked_for: str, leads_to: str) -> None:
    """The page that was asked for follows the sign-in, and never another site."""
    with_password(parts)
    visitor = Visitor(parts, signed_in=False)
    answer = visitor.client.post(
        "/sign-in",
        query_string={"next": asked_for},
        data={"csrf_token": visitor.token(), "name": "admin", "password": PASSWORD},
    )
    assert answer.headers["Location"] == leads_to
