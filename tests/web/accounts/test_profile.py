"""One's own account: reading it, changing it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.statements import sent
from tests.web.together import together
from web.accounts.events import ProfileChanged
from web.accounts.models import Account
from web.accounts.models.identity import skeleton_expression
from web.accounts.policy import skeleton
from web.accounts.service import AccountService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.events import Event

Usernames = st.from_regex(r"[A-Za-z0-9_.]{3,30}", fullmatch=True) | st.text("rnvwm01il.oRNV", min_size=3)


def patch(api: Api, who: Person, status: int = 200, **changes: Any) -> Any:
    return api.call("PATCH", "/users/me", who, changes, status=status).json


def code_of(answer: Any) -> str:
    return str(answer["error"]["code"])


def test_reading_is_the_same_at_both_addresses(api: Api, mina: Person) -> None:
    assert api.get("/users/me", mina) == api.get("/auth/me", mina)


def test_only_what_is_given_changes(api: Api, mina: Person) -> None:
    before = api.get("/users/me", mina)
    wish = {
        "nickname": "  Mina K ",
        "full_name": "Kim Mina",
        "bio": "Runs.",
        "place": "Seoul",
        "interests": ["#Art  House", "art house", "Running"],
        "native_languages": ["KO"],
        "target_languages": ["zh-hant-tw", "en"],
        "zone": "Asia/Tokyo",
        "locale": "ja",
    }
    after = patch(api, mina, **wish)
    assert after == {
        **before,
        **wish,
        "nickname": "Mina K",
        "interests": ["art house", "running"],
        "native_languages": ["ko"],
        "target_languages": ["zh-Hant-TW", "en"],
    }
    assert patch(api, mina, bio="Swims.") == {**after, "bio": "Swims."}
    assert api.get("/users/me", mina)["bio"] == "Swims."


@pytest.mark.parametrize("name", ["山田　太郎", "👩\u200d👧 Mina", "مینا\u200cجان", "김 민아"])
def test_a_name_is_written_as_its_people_write(api: Api, mina: Person, name: str) -> None:
    assert patch(api, mina, nickname=name)["nickname"] == name


def test_null_takes_back_what_may_be_missing(api: Api, mina: Person) -> None:
    patch(api, mina, full_name="Kim Mina", bio="Runs.", place="Seoul", interests=["art"])
    after = patch(api, mina, full_name=None, bio=None, place=None, interests=[])
    assert [after[name] for name in ("full_name", "bio", "place", "interests")] == [None, None, None, []]


@pytest.mark.parametrize(
    "wrong",
    [
        {"nickname": None},
        {"nickname": " "},
        {"nickname": "Mina\nBcc: joon@plaza.example"},
        {"nickname": "\u200b"},
        {"nickname": "Mina \u202egpj"},
        {"full_name": "Kim\u2028Mina"},
        {"username": None},
        {"username": "a b"},
        {"zone": None},
        {"zone": "Mars/Olympus"},
        {"zone": "localtime"},
        {"locale": "tlh"},
        {"bio": "x" * 501},
        {"place": "x" * 81},
        {"interests": None},
        {"interests": ["x"] * 21},
        {"interests": ["#"]},
        {"interests": ["x" * 31]},
        {"native_languages": ["xq"]},
        {"native_languages": ["en_US"]},
        {"target_languages": ["en-ZZZZ-ÄÖ"]},
        {"birth_date": None},
        {"is_admin": True},
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(api: Api, mina: Person, wrong: dict[str, Any]) -> None:
    before = api.get("/users/me", mina)
    assert code_of(patch(api, mina, 422, **{"bio": "new", **wrong})) == "VALIDATION_FAILED"
    assert api.get("/users/me", mina) == before


def test_a_name_is_taken_in_any_case_and_by_look_alikes(api: Api, mina: Person, joon: Person) -> None:
    for name in ("mina", "MINA", "m.ina", "rnina", "m1na", "mlna_"):
        assert code_of(patch(api, joon, 409, username=name)) == "USERNAME_TAKEN"
    assert api.get("/users/me", joon)["username"] == "joon"


def test_ones_own_name_may_become_a_look_alike(api: Api, mina: Person, joon: Person) -> None:
    for name in ("mi.na", "MINA", "mina"):
        assert patch(api, mina, username=name)["username"] == name
    assert patch(api, joon, username="june")["username"] == "june"
    assert patch(api, mina, username="joon")["username"] == "joon"


def test_of_two_who_want_a_name_at_once_one_gets_it(api: Api, mina: Person, joon: Person) -> None:
    def want(who: Person, name: str) -> int:
        return int(api.call("PATCH", "/users/me", who, {"username": name}).status_int)

    assert sorted(together([lambda: want(mina, "sol.o"), lambda: want(joon, "s0lo")])) == [200, 409]


def test_a_birth_date_is_given_once(app: App, api: Api) -> None:
    newcomer = make_person(app, "newcomer", birth_date=None)
    assert code_of(api.post("/posts", {"body": "hi"}, newcomer, status=403)) == "PROFILE_INCOMPLETE"
    me = patch(api, newcomer, birth_date="1999-05-17")
    assert (me["birth_date"], me["profile_incomplete"]) == ("1999-05-17", [])
    api.post("/posts", {"body": "hi"}, newcomer)
    patch(api, newcomer, birth_date="1999-05-17")
    assert code_of(patch(api, newcomer, 409, birth_date="1989-05-17")) == "BIRTH_DATE_FIXED"


@pytest.mark.parametrize(
    ("years", "status", "messages"), [(12, 422, "everyone"), (13, 200, "friends_only"), (18, 200, "everyone")]
)
def test_age_decides(app: App, api: Api, clock: FixedClock, years: int, status: int, messages: str) -> None:
    newcomer = make_person(app, "newcomer", birth_date=None)
    today = clock.now().date()
    birth_date = today.replace(year=today.year - years, day=min(today.day, 28))
    answer = patch(api, newcomer, status, birth_date=birth_date.isoformat())
    assert status == 200 or code_of(answer) == "TOO_YOUNG"
    assert api.get("/settings/privacy", newcomer)["who_can_send_messages"] == messages


def test_a_birthday_tomorrow_is_not_yet_one(app: App, api: Api, clock: FixedClock) -> None:
    newcomer = make_person(app, "newcomer", birth_date=None)
    tomorrow = clock.now().date() + timedelta(days=1)
    born = tomorrow.replace(year=tomorrow.year - 13, day=min(tomorrow.day, 28))
    clock.moment = clock.now().replace(month=born.month, day=born.day) - timedelta(days=1)
    assert code_of(patch(api, newcomer, 422, birth_date=born.isoformat())) == "TOO_YOUNG"


def test_the_log_has_names_of_fields_and_no_values(
    api: Api, mina: Person, emitted: Callable[[], list[Event]]
) -> None:
    patch(api, mina, bio="secret", nickname="Mina", zone="Asia/Tokyo")
    patch(api, mina, bio="secret")
    patch(api, mina)
    assert emitted() == [ProfileChanged(member_id=mina.id, changed=["bio", "zone"])]


def test_a_change_takes_the_same_statements_whatever_is_there(app: App, api: Api, mina: Person) -> None:
    counts = []
    for bio in ("one", "two", "three"):
        with sent(app) as statements:
            patch(api, mina, bio=bio, interests=[bio], nickname=bio)
        # Without the look-up of the session, which is noted for two seconds.
        counts.append(sum("FROM sessions" not in statement for statement in statements))
    assert counts[0] <= 9  # the ninth is for search, which learns the new name
    assert counts[1] == counts[2]


def test_a_language_can_be_set_alone(app: App, api: Api, mina: Person) -> None:
    with app.work() as services:
        services[AccountService].set_locale(mina.id, "es")
    assert api.get("/users/me", mina)["locale"] == "es"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(Usernames, min_size=1, max_size=200))
def test_python_and_sql_agree_on_what_looks_alike(owner_engine: sa.Engine, names: list[str]) -> None:
    given_names = sa.func.unnest(sa.bindparam("names", type_=sa.ARRAY(sa.Text))).column_valued("name")
    with owner_engine.connect() as connection:
        query = sa.select(given_names, skeleton_expression(sa.func.lower(given_names)))
        for name, in_sql in connection.execute(query, {"names": names}):
            assert in_sql == skeleton(name), name


def test_the_database_compares_stored_names_by_their_skeleton(app: App, mina: Person) -> None:
    with app.engines.reads.connect() as connection:
        query = sa.select(skeleton_expression(Account.username_key)).where(Account.id == mina.id)
        assert connection.scalar(query) == skeleton("mina")
