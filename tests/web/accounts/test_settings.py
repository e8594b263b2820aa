"""Settings: values, defaults, what is left out stays, and what it costs."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.factories import Person, make_person
from tests.web.conftest import Api
from tests.web.statements import sent
from tests.web.together import together
from web.core.app import App
from web.core.clock import FixedClock

PRIVACY = {
    "profile_visibility": "everyone",
    "who_can_send_friend_requests": "everyone",
    "who_can_send_messages": "everyone",
    "show_followers_list": "everyone",
    "show_following_list": "everyone",
    "online_status_visible": True,
    "appear_in_suggestions": True,
    "share_activity_with_friends": True,
    "updated_at": None,
}
LOOKS = {"theme_mode": "system", "accent_color": None, "font_size_multiplier": 1.0, "updated_at": None}


def count(statements: list[str]) -> int:
    """How many, without the look-up of the session, which is noted for two seconds."""
    return sum("FROM sessions" not in statement for statement in statements)


def put(api: Api, path: str, who: Person, body: Any, status: int = 200) -> Any:
    return api.put(path, who, status, json=body)


def test_the_beginning(api: Api, mina: Person) -> None:
    assert api.get("/settings", mina) == {
        "user_id": str(mina.id),
        "privacy": PRIVACY,
        "appearance": LOOKS,
        "locale": "ko",
        "zone": "Asia/Seoul",
        "blocked_keywords": [],
    }
    assert api.get("/settings/privacy", mina) == PRIVACY
    assert api.get("/settings/appearance", mina) == LOOKS
    assert api.get("/settings/blocked-keywords", mina) == {"keywords": []}


def test_privacy_changes_what_is_given(api: Api, mina: Person, clock: FixedClock) -> None:
    answer = put(api, "/settings/privacy", mina, {"profile_visibility": "friends"})
    moment = clock.now().isoformat().replace("+00:00", "Z")
    assert answer == {**PRIVACY, "profile_visibility": "friends", "updated_at": moment}
    everything = {
        "profile_visibility": "private",
        "who_can_send_friend_requests": "no_one",
        "who_can_send_messages": "friends_of_friends",
        "show_followers_list": "nobody",
        "show_following_list": "followers",
        "online_status_visible": False,
        "appear_in_suggestions": False,
        "share_activity_with_friends": False,
    }
    assert put(api, "/settings/privacy", mina, everything) == {**everything, "updated_at": moment}
    assert api.get("/settings/privacy", mina) == {**everything, "updated_at": moment}


def test_looks_are_kept_in_one_form(api: Api, mina: Person, clock: FixedClock) -> None:
    wish = {"theme_mode": "dark", "accent_color": "#FF6B6B", "font_size_multiplier": 1.25}
    moment = clock.now().isoformat().replace("+00:00", "Z")
    first = put(api, "/settings/appearance", mina, wish)
    assert first == {**wish, "accent_color": "#ff6b6b", "updated_at": moment}
    assert put(api, "/settings/appearance", mina, {"accent_color": "#Fa0"})["accent_color"] == "#ffaa00"
    after = put(api, "/settings/appearance", mina, {"accent_color": None, "font_size_multiplier": 0.8})
    assert after == {**first, "accent_color": None, "font_size_multiplier": 0.8}


def test_keywords_are_replaced_and_each_is_there_once(api: Api, mina: Person, joon: Person) -> None:
    words = {"keywords": ["Spoiler", " 스포일러 ", "SPOILER", "ｓｐｏｉｌｅｒ", "no  way"]}
    assert put(api, "/settings/blocked-keywords", mina, words) == {
        "keywords": ["no  way", "Spoiler", "스포일러"]
    }
    put(api, "/settings/blocked-keywords", joon, {"keywords": ["Spoiler"]})
    assert put(api, "/settings/blocked-keywords", mina, {"keywords": ["spoiler", "new"]}) == {
        "keywords": ["new", "spoiler"]
    }
    assert put(api, "/settings/blocked-keywords", mina, {"keywords": []}) == {"keywords": []}
    assert api.get("/settings/blocked-keywords", joon) == {"keywords": ["Spoiler"]}


def test_of_two_lists_sent_at_once_one_stays(api: Api, mina: Person) -> None:
    lists = [[f"{name}{number}" for number in range(100)] for name in ("one", "two")]
    sends = [partial(put, api, "/settings/blocked-keywords", mina, {"keywords": words}) for words in lists]
    together(sends)
    found = api.get("/settings/blocked-keywords", mina)["keywords"]
    assert sorted(found) in [sorted(words) for words in lists]


def test_all_at_once(api: Api, mina: Person) -> None:
    wish = {
        "privacy": {"online_status_visible": False},
        "appearance": {"theme_mode": "light"},
        "locale": "en",
        "zone": "UTC",
        "blocked_keywords": ["spoiler"],
    }
    answer = put(api, "/settings", mina, wish)
    assert answer["privacy"] | {"updated_at": None} == {**PRIVACY, "online_status_visible": False}
    assert answer["appearance"] | {"updated_at": None} == {**LOOKS, "theme_mode": "light"}
    assert (answer["locale"], answer["zone"], answer["blocked_keywords"]) == ("en", "UTC", ["spoiler"])
    assert put(api, "/settings", mina, {}) == answer
    assert api.get("/settings", mina) == answer


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/settings/privacy", {"profile_visibility": "friends_only"}),
        ("/settings/privacy", {"profile_visibility": None}),
        ("/settings/privacy", {"online_status_visible": None}),
        ("/settings/privacy", {"unknown": True}),
        ("/settings/appearance", {"theme_mode": "neon"}),
        ("/settings/appearance", {"accent_color": "red"}),
        ("/settings/appearance", {"accent_color": "#12345"}),
        ("/settings/appearance", {"accent_color": "#123456\n"}),
        ("/settings/appearance", {"font_size_multiplier": 0.79}),
        ("/settings/appearance", {"font_size_multiplier": 1.51}),
        ("/settings/appearance", {"font_size_multiplier": None}),
        ("/settings/blocked-keywords", {"keywords": [" "]}),
        ("/settings/blocked-keywords", {"keywords": ["\u001f"]}),
        ("/settings/blocked-keywords", {"keywords": ["x" * 51]}),
        ("/settings/blocked-keywords", {"keywords": [str(number) for number in range(101)]}),
        ("/settings/blocked-keywords", {}),
        ("/settings", {"privacy": None}),
        ("/settings", {"privacy": {"profile_visibility": "nobody"}}),
        ("/settings", {"zone": "Mars/Olympus"}),
    ],
)
def test_what_is_wrong_is_refused(api: Api, mina: Person, path: str, wrong: Any) -> None:
    assert put(api, path, mina, wrong, 422)["error"]["code"] == "VALIDATION_FAILED"
    assert api.get("/settings", mina)["privacy"] == PRIVACY


def test_sizes_just_inside_the_limits_are_taken(api: Api, mina: Person) -> None:
    for size, kept in ((0.8, 0.8), (1.5, 1.5), (1.239, 1.24)):
        answer = put(api, "/settings/appearance", mina, {"font_size_multiplier": size})
        assert answer["font_size_multiplier"] == kept


def test_minors_begin_with_messages_of_friends(app: App, api: Api, clock: FixedClock) -> None:
    birth_date = clock.now().date().replace(day=1)
    teen = make_person(app, "teen", birth_date=birth_date.replace(year=birth_date.year - 15))
    assert api.get("/settings/privacy", teen)["who_can_send_messages"] == "friends_only"


@pytest.mark.parametrize(
    "path", ["/settings", "/settings/privacy", "/settings/appearance", "/settings/blocked-keywords"]
)
def test_reading_takes_one_statement(app: App, api: Api, mina: Person, path: str) -> None:
    counts = []
    for words in ([], ["one"], [str(number) for number in range(100)]):
        put(api, "/settings/blocked-keywords", mina, {"keywords": words})
        put(api, "/settings/appearance", mina, {"theme_mode": "dark"})
        with sent(app) as statements:
            api.get(path, mina)
        counts.append(count(statements))
    assert counts == [1, 1, 1]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/settings/privacy", lambda size: {"online_status_visible": bool(size)}),
        ("/settings/appearance", lambda size: {"font_size_multiplier": 1 + size / 200}),
        ("/settings/blocked-keywords", lambda size: {"keywords": [str(number) for number in range(size)]}),
    ],
)
def test_writing_takes_the_same_statements_for_one_or_many(
    app: App, api: Api, mina: Person, path: str, body: Callable[[int], Any]
) -> None:
    counts = set()
    for size in (1, 50, 100):
        with sent(app) as statements:
            put(api, path, mina, body(size))
        counts.add(count(statements))
    assert len(counts) == 1


def test_a_new_zone_and_language_count_at_once(api: Api, mina: Person, app: App) -> None:
    api.get("/settings", mina)
    put(api, "/settings", mina, {"zone": "America/Lima", "locale": "es"})
    facts = api.get("/users/me", mina)
    assert (facts["zone"], facts["locale"]) == ("America/Lima", "es")
