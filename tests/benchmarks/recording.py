"""The statements that the product sends for something, to send them again without the product."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from psycopg.types.json import Jsonb

from web.core.ids import new_id
from web.core.services import Services
from web.core.settings import Settings
from web.features import build_app


class Query(NamedTuple):
    """A statement as psycopg takes it."""

    sql: str
    values: dict[str, Any]


BEGIN, COMMIT = Query("BEGIN", {}), Query("COMMIT", {})


class Recorder:
    """The product without its server, and what it sends to the database."""

    def __init__(self, settings: Settings) -> None:
        self._app = build_app(settings)
        self._sent: list[Query] = []
        for engine in (self._app.engines.reads, self._app.engines.writes):
            sa.event.listen(engine, "before_cursor_execute", self._note)

    @classmethod
    def of(cls, settings: Settings) -> "closing[Recorder]":
        """One for a ``with`` block."""
        return closing(cls(settings))

    def _note(self, connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        self._sent.append(Query(statement, dict(values)))

    def reading(self, act: Callable[[Services], object]) -> list[Query]:
        """What a safe request sends, on connections without transactions."""
        return self._record(self._app.reading, act)

    def writing(self, act: Callable[[Services], object], then: Callable[[Services], object]) -> list[Query]:
        """What an unsafe request sends, whose answer is read in its transaction."""

        def both(services: Services) -> None:
            act(services)
            then(services)

        return [BEGIN, *self._record(self._app.work, both), COMMIT]

    def _record(self, work: Callable[[], Any], act: Callable[[Services], object]) -> list[Query]:
        self._sent.clear()
        with work() as services:
            act(services)
        return list(self._sent)

    def close(self) -> None:
        """Give the connections back."""
        self._app.close()


def again(queries: list[Query], known: dict[UUID, UUID]) -> list[Query]:
    """The same for somebody else, with new ids for what was made.

    Args:
        known: what stands in for ids that were there before, such as the member's.
    """
    ids = defaultdict(new_id, known)

    def anew(value: Any) -> Any:
        match value:
            case UUID():
                return ids[value]
            case list():
                return [anew(each) for each in value]
            case Jsonb():
                texts = {str(old): str(new) for old, new in ids.items()}
                return Jsonb({name: texts.get(each, each) for name, each in value.obj.items()})
            case _:
                return value

    return [Query(sql, {name: anew(value) for name, value in values.items()}) for sql, values in queries]
