"""``GET /api/v1/events``: the frames of a member's own channel for clients that cannot hold a socket.

The same inbox, the same numbers, the same frames: a client may go from one to the other with its last
``seq``. nginx leads this route to the socket process, which is told when something comes; any other process
looks once a second.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel, Field
from pyramid.config import Configurator

from web.core.api import Routes
from web.core.app import App
from web.core.db import give_back
from web.core.errors import Unauthenticated, Unavailable
from web.core.inbox import Inbox, leads_on
from web.core.requests import Request
from web.core.security import Permission, SessionDirectory
from web.core.services import Services

LONGEST_WAIT = 25  # seconds; proxies wait longer
LOOK_SECONDS = 3.0  # between two looks at the session and the inbox, however quiet it is
PAGE = 100

routes = Routes("realtime")

Wait = Callable[[float], object]


class Bell(ABC):
    """Rings when something may have come for a member, and lets look what it is."""

    @abstractmethod
    def waiting(self, member_id: UUID) -> AbstractContextManager[Wait]:
        """A function that returns when it rings, or after so many seconds; good inside the block."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Services]:
        """A read-only unit of work; many who were woken at once may have to wait for theirs."""


class Clockwork(Bell):
    """Rings once a second, whether something has come or not."""

    def __init__(self, app: App) -> None:
        self._app = app

    def reading(self) -> AbstractContextManager[Services]:
        """As ``Bell.reading``: nobody is woken here together with others."""
        return self._app.reading()

    @contextmanager
    def waiting(self, member_id: UUID) -> Iterator[Wait]:
        yield lambda seconds: time.sleep(min(seconds, 1.0))


class EventsQuery(BaseModel):
    """Where to go on, and how long to wait for more."""

    after: int | None = Field(
        default=None, ge=0, le=2**63 - 1, description="seq of the answer before; without it, from now on"
    )
    wait: int = Field(
        default=0, ge=0, le=LONGEST_WAIT, description="seconds to wait when there is nothing yet"
    )


class Events(BaseModel):
    """What came."""

    items: list[dict[str, Any]] = Field(description="frames as sockets get them: event, channel, seq, data")
    seq: int = Field(description="to be sent as `after` next time")
    resync: bool = Field(description="too much was missed to send it again: fetch anew what is shown")


@routes.get("/events", permission=Permission.READ, errors=(Unavailable,), seeds="sockets without WebSocket")
def events(request: Request, query: EventsQuery) -> Events:
    """What came for the caller after a number; waits up to ``wait`` seconds for it."""
    member_id, session_id = request.member_id, request.caller.session_id
    give_back(request.db)
    deadline = time.monotonic() + query.wait
    bell: Bell = request.registry.bell
    with bell.waiting(member_id) as wait:
        found = look(bell, member_id, session_id, query.after)
        while not found.items and not found.resync and (left := deadline - time.monotonic()) > 0:
            wait(min(left, LOOK_SECONDS))
            found = look(bell, member_id, session_id, found.seq)
    return found


def look(bell: Bell, member_id: UUID, session_id: UUID, after: int | None) -> Events:
    """What is there now.

    Raises:
        Unauthenticated: the session was ended meanwhile.
    """
    with bell.reading() as services:
        if not services[SessionDirectory].live({session_id}):
            raise Unauthenticated()
        inbox = services[Inbox]
        head = inbox.heads([member_id])[member_id]
        if after is None or after == head:
            return Events(items=[], seq=head, resync=False)
        entries = inbox.after(member_id, after, PAGE)
        if not leads_on(after, head, entries):
            return Events(items=[], seq=head, resync=True)
        frames = inbox.frames(entries)
    return Events(items=[orjson.loads(frame) for frame in frames if frame], seq=entries[-1].seq, resync=False)


def includeme(config: Configurator) -> None:
    """The route ``GET /api/v1/events``; a process that hears what comes has a ``registry.bell`` already."""
    config.registry.bell = getattr(config.registry, "bell", None) or Clockwork(config.registry.app)
    config.add_api(routes)
