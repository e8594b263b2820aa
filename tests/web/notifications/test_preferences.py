"""What members choose: channels, types, quiet hours, a digest."""

from typing import Any

import pytest

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import ENGLISH, follow, like, mails, told, wish, work_off
from tests.web.statements import sent
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.core.app import App
from web.core.job_runner import JobRunner

PATH = "/notifications/preferences"


def choice(preferences: Any, name: str) -> dict[str, Any]:
    """What is chosen for a type."""
    [found] = [each for each in preferences["types"] if each["type"] == name]
    return dict(found)


def test_without_a_choice_the_app_and_pushes_tell(api: Api, mina: Person) -> None:
    preferences = api.get(PATH, mina, headers=ENGLISH)
    assert preferences["channels"] == {"push": True, "email": True, "sms": False}
    assert (preferences["quiet_hours"], preferences["digest"]) == (None, "off")
    assert preferences["updated_at"] is None
    assert choice(preferences, "content_liked") == {
        "type": "content_liked",
        "label": "Likes of your posts",
        "category": "social",
        "in_app": True,
        "push": True,
        "email": False,
        "sms": False,
        "fixed": [],
    }


@pytest.mark.parametrize("wanted", [False, True])
def test_mails_about_safety_cannot_be_chosen_and_come_once(
    app: App, api: Api, mina: Person, wanted: bool
) -> None:
    safety = choice(wish(api, mina, types={"security": {"email": wanted}}), "security")
    assert (safety["email"], safety["fixed"]) == (True, ["email"])
    with app.work() as services:
        services[SecurityLog].note(mina.id, SecurityKind.PASSWORD_CHANGED)
    work_off(app)
    assert mails(app) == []
    JobRunner(app, "default").run_due()
    assert len(mails(app)) == 1


def test_every_type_has_a_label(api: Api, mina: Person) -> None:
    unnamed = [each["type"] for each in api.get(PATH, mina)["types"] if each["label"] == each["type"]]
    assert unnamed == []


def test_a_change_leaves_the_rest_as_it_is(api: Api, mina: Person, joon: Person) -> None:
    wish(api, mina, quiet_hours={"start": "22:00", "end": "07:00"}, digest="weekly")
    wish(api, mina, channels={"sms": True}, types={"content_liked": {"push": False, "email": True}})
    preferences = wish(api, mina, types={"content_liked": {"sms": True}})
    assert preferences["channels"] == {"push": True, "email": True, "sms": True}
    assert preferences["quiet_hours"] == {"start": "22:00:00", "end": "07:00:00"}
    assert preferences["digest"] == "weekly"
    liked = choice(preferences, "content_liked")
    assert (liked["in_app"], liked["push"], liked["email"], liked["sms"]) == (True, False, True, True)
    assert api.get("/settings/notifications", mina) == preferences
    assert api.put("/settings/notifications", mina, json={})["types"] == preferences["types"]
    assert wish(api, mina, quiet_hours=None)["quiet_hours"] is None
    assert api.get(PATH, joon)["digest"] == "off"


@pytest.mark.parametrize(
    "change",
    [
        {"quiet_hours": {"start": "22:00"}},
        {"quiet_hours": {"start": "22:00", "end": "22:00"}},
        {"quiet_hours": {"start": "22:00+09:00", "end": "07:00"}},
        {"quiet_hours": {"start": "25:00", "end": "07:00"}},
        {"digest": "hourly"},
        {"digest": None},
        {"channels": {"pigeon": 1, "push": "maybe"}},
        {"types": {"content_liked": {"push": "perhaps"}}},
    ],
)
def test_what_makes_no_sense_is_refused(api: Api, mina: Person, change: Any) -> None:
    before = api.get(PATH, mina)
    assert api.put(PATH, mina, json=change, status=422)["error"]["code"] == "VALIDATION_FAILED"
    assert api.get(PATH, mina) == before


def test_a_type_that_does_not_exist_is_refused(api: Api, mina: Person) -> None:
    error = api.put(
        PATH, mina, json={"types": {"unheard_of": {"push": False}}, "digest": "daily"}, status=422
    )
    assert error["error"]["code"] == "UNKNOWN_NOTIFICATION_TYPE"
    assert error["error"]["details"] == {"types": ["unheard_of"]}
    assert api.get(PATH, mina)["digest"] == "off"


def test_a_type_that_is_off_in_the_app_is_not_in_the_list(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    like(app, joon, post_id)
    wish(api, mina, types={"member_followed": {"in_app": False}})
    follow(app, joon, mina)
    assert told(api, mina) == [("content_liked", "joon")]
    assert api.get("/notifications/unread-count", mina) == {"unread": 1}
    wish(api, mina, types={"member_followed": {"in_app": True}})
    follow(app, sora, mina)
    assert told(api, mina) == [("member_followed", "sora"), ("content_liked", "joon")]


def test_reading_them_takes_two_statements(app: App, api: Api, mina: Person) -> None:
    wish(api, mina, digest="daily", types={"content_liked": {"push": False}, "message": {"email": True}})
    with sent(app) as statements:
        api.get(PATH, mina)
    assert len(statements) == 2
