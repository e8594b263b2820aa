"""Answers that were rendered before, and the HTTP validators that save sending them at all.

What a run published never changes, so an answer is kept as bytes under its run and its query, and dropped
when its mart shows another run. ETags name the same things: a client that holds the answer of this run gets
a 304 before the marts are touched.
"""

from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from hashlib import blake2s

from fastapi import Request, Response

from analytics_api import __version__
from analytics_api.db import Database
from analytics_api.metrics import Metrics
from analytics_api.publications import NOTHING_READ, Publication, Publications, Reading
from analytics_api.queries.publication import MartStatement
from analytics_api.schemas.common import Answer

Query = tuple[object, ...]


class Audience(StrEnum):
    """Who may keep an answer, as a Cache-Control header."""

    ANYONE = "public, max-age=60"
    # Kept by its reader only, and asked about each time: a revoked token must not read on from a cache.
    ITS_READER = "private, no-cache"
    # Whoever asks how fresh the numbers are wants to know it now.
    NOBODY_UNASKED = "public, no-cache"


class KeptAnswers:
    """Rendered answers by mart and query, of the run that the mart shows; the least used ones go first.

    Args:
        limit: most answers kept per mart.
    """

    def __init__(self, limit: int, metrics: Metrics) -> None:
        self._limit = limit
        self._lookups = metrics.cache
        self._marts: dict[str, tuple[Publication, OrderedDict[Query, bytes]]] = {}

    def get(self, mart: str, publication: Publication, query: Query) -> bytes | None:
        """The answer, when the one that is kept comes from this very publication."""
        body = None
        if publication != self._marts.get(mart, (None,))[0]:
            self._marts[mart] = (publication, OrderedDict())
        else:
            answers = self._marts[mart][1]
            body = answers.get(query)
            if body is not None:
                answers.move_to_end(query)
        self._lookups.labels("answers", "miss" if body is None else "hit").inc()
        return body

    def put(self, mart: str, publication: Publication, query: Query, body: bytes) -> None:
        """Keep an answer, unless the mart was seen to show another publication by now."""
        shown, answers = self._marts[mart]
        if shown != publication:
            return
        answers[query] = body
        if len(answers) > self._limit:
            answers.popitem(last=False)


class Answers:
    """How every route that reads a mart answers: not modified, as kept, or read and rendered."""

    def __init__(self, database: Database, publications: Publications, kept: KeptAnswers) -> None:
        self._database = database
        self._publications = publications
        self._kept = kept

    async def serve(
        self,
        request: Request,
        statement: MartStatement,
        parameters: dict[str, object],
        *,
        audience: Audience,
        present: Callable[[Reading], Answer],
    ) -> Response:
        """Answer a request.

        Args:
            statement: reads the rows; with its parameters it decides what the answer says.
            present: turns the rows into the response model of the route.
        """
        query = (statement.name, *parameters.items())
        publication = await self._publications.of(statement.mart)
        if _holds(request, etag(publication, query)):
            return _not_modified(etag(publication, query), audience)
        body = self._kept.get(statement.mart, publication, query)
        if body is None:
            reading = NOTHING_READ
            if publication.run_id is not None:  # before its first run a mart may not exist
                reading = Reading.of(await self._database.read(statement, **parameters))
            # A new run may have come between the two statements: the answer says what it was made from.
            publication = reading.publication
            body = render(present(reading))
            self._kept.put(statement.mart, publication, query, body)
        return _modified(body, etag(publication, query), audience)


def render(answer: Answer) -> bytes:
    """The answer as it goes over the wire."""
    return answer.model_dump_json().encode()


def etag(publication: Publication, query: Query) -> str:
    """A strong validator: the run, and a digest of the rest that decides the bytes."""
    rest = repr((__version__, publication.stale, query)).encode()
    return f'"{publication.run_id or "none"}.{blake2s(rest, digest_size=6).hexdigest()}"'


def serve_validated(request: Request, body: bytes, audience: Audience) -> Response:
    """Answer with bytes that no run stands for; their digest is the validator."""
    tag = f'"{blake2s(body, digest_size=16).hexdigest()}"'
    return _not_modified(tag, audience) if _holds(request, tag) else _modified(body, tag, audience)


def _holds(request: Request, tag: str) -> bool:
    """Whether the client has this representation (RFC 9110 §13.1.2, weak comparison)."""
    given = ",".join(request.headers.getlist("if-none-match"))
    held = {part.strip().removeprefix("W/") for part in given.split(",")}
    return tag in held or "*" in held


def _headers(tag: str, audience: Audience) -> dict[str, str]:
    headers = {"ETag": tag, "Cache-Control": audience.value}
    return headers | {"Vary": "Authorization"} if audience is Audience.ITS_READER else headers


def _not_modified(tag: str, audience: Audience) -> Response:
    return Response(status_code=304, headers=_headers(tag, audience))


def _modified(body: bytes, tag: str, audience: Audience) -> Response:
    return Response(body, headers=_headers(tag, audience), media_type="application/json")
