"""What the sockets of accountability partners are told, and what they are told no more."""

from typing import Any

import orjson

from tests.factories import Person
from tests.web.conftest import Api
from tests.web.graph.test_partners import invite, turn
from web.core.app import App
from web.core.inbox import Inbox
from web.core.job_runner import JobRunner


def frames(app: App, reader: Person) -> list[dict[str, Any]]:
    """What a reader who connects now gets, oldest first."""
    JobRunner(app, "relay").run_due()
    with app.reading() as services:
        inbox = services[Inbox]
        rendered = inbox.frames(inbox.after(reader.id, 0, 100))
    return [orjson.loads(frame) for frame in rendered if frame]


def test_partners_are_told_of_each_other(api: Api, app: App, mina: Person, joon: Person) -> None:
    partnership_id = invite(api, mina, joon)["id"]
    [asked] = frames(app, joon)
    assert asked["event"] == "partner_invited"
    assert asked["data"]["user_id"] == str(mina.id)
    assert asked["data"]["partnership_id"] == partnership_id
    turn(api, joon, partnership_id, "active")
    api.post(f"/accountability/{partnership_id}/check-ins", None, joon)
    assert [frame["event"] for frame in frames(app, mina)] == ["partner_accepted", "partner_checked_in"]
    assert frames(app, joon) == []  # an invitation that was answered is none any more


def test_an_invitation_that_was_taken_back_is_told_no_more(
    api: Api, app: App, mina: Person, joon: Person
) -> None:
    partnership_id = invite(api, mina, joon)["id"]
    assert len(frames(app, joon)) == 1
    api.delete(f"/accountability/{partnership_id}", mina)
    assert frames(app, joon) == []
