"""Fixtures of messaging: conversations, what is said in them, and what sockets are told."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from tests.factories import Person
from tests.web.conftest import Api
from web.core.app import App
from web.core.inbox import Inbox
from web.core.job_runner import JobRunner
from web.messaging.service import MessagingService

Frames = Callable[[Person], list[tuple[str, dict[str, Any]]]]


class Talk:
    """A conversation, through the API."""

    def __init__(self, api: Api, conversation_id: UUID | str) -> None:
        self._api = api
        self.id = str(conversation_id)
        self.path = f"/conversations/{self.id}"

    def say(self, who: Person, body: str = "hi", status: int = 201, **more: Any) -> Any:
        """Send a message."""
        new = {"client_id": str(uuid4()), "body": body, **more}
        return self._api.post(f"{self.path}/messages", new, who, status=status)

    def read(self, who: Person, query: str = "") -> list[Any]:
        """The messages that somebody finds."""
        items: list[Any] = self._api.get(f"{self.path}/messages{query}", who)["items"]
        return items

    def bodies(self, who: Person, query: str = "") -> list[str]:
        """What they say; notices by their codes."""
        return [item["notice"]["code"] if item["notice"] else item["body"] for item in self.read(who, query)]

    def seen_by(self, who: Person, status: int = 200) -> Any:
        """The conversation."""
        return self._api.get(self.path, who, status=status)


@pytest.fixture
def direct(app: App, api: Api, mina: Person, joon: Person) -> Talk:
    """Mina's and Joon's."""
    with app.work() as services:
        return Talk(api, services[MessagingService].start_direct(mina.id, joon.id))


@pytest.fixture
def group(api: Api, mina: Person, joon: Person, sora: Person) -> Talk:
    """Mina's group, with Joon and Sora."""
    new = {"type": "group", "name": "Runners", "member_ids": [str(joon.id), str(sora.id)]}
    return Talk(api, api.post("/conversations", new, mina)["id"])


@pytest.fixture
def frames(app: App) -> Frames:
    """What a member who connects now is told, oldest first: each frame's event and data."""

    def told(who: Person) -> list[tuple[str, dict[str, Any]]]:
        while JobRunner(app, "relay").run_due():
            pass
        with app.reading() as services:
            inbox = services[Inbox]
            found = inbox.frames(inbox.after(who.id, 0, 500))
        parsed = [orjson.loads(frame) for frame in found if frame]
        return [(frame["event"], frame["data"]) for frame in parsed]

    return told
