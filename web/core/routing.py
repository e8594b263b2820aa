"""Finding a request's route among hundreds: only those that begin with the path's own words are tried."""

from collections import defaultdict
from typing import Any

from pyramid.config import Configurator
from pyramid.interfaces import IRoutesMapper
from pyramid.urldispatch import Route, RoutesMapper

OPTIONAL_SLASH = "{slash:/?}"  # ends a pattern that means the same with and without
DEPTH = 3  # words that are looked at: "api", "v1" and what it is about

Words = tuple[str, ...]


class WordsMapper(RoutesMapper):  # type: ignore[misc]  # Pyramid has no types
    """Pyramid's own mapper, which tries every pattern in turn, with an index in front of it."""

    def __init__(self) -> None:
        super().__init__()
        self._index: dict[Words, list[Route]] = {}

    def connect(self, *arguments: Any, **options: Any) -> Route:
        """Add a route; the index is made anew with the next request."""
        self._index = {}
        return super().connect(*arguments, **options)

    def __call__(self, request: Any) -> dict[str, Any]:
        """The first route that matches, as Pyramid would find it."""
        if not self._index:
            self._index = _index(self.routelist)
        words: Words = tuple((request.path_info or "/").split("/", DEPTH + 1)[1 : DEPTH + 1])
        while words not in self._index:
            words = words[:-1]
        few = RoutesMapper()
        few.routelist = self._index[words]
        found: dict[str, Any] = few(request)
        return found


def _index(routes: list[Route]) -> dict[Words, list[Route]]:
    """Under each beginning that a pattern has, the routes that a path may have which begins so, in order.

    A path belongs to the longest beginning that it has: whatever pattern it matches begins like that, or ends
    sooner.
    """
    beginnings = [_beginning(route.pattern) for route in routes]
    index: dict[Words, list[Route]] = defaultdict(list)
    for known in {()} | {words[:count] for words in beginnings for count in range(1, len(words) + 1)}:
        index[known] = [
            route for route, words in zip(routes, beginnings, strict=True) if known[: len(words)] == words
        ]
    return dict(index)


def _beginning(pattern: str) -> Words:
    """The first words of a pattern, as far as they are the same for every path."""
    fixed = pattern.removesuffix(OPTIONAL_SLASH)
    ends = [fixed.find(sign) for sign in "{*:" if sign in fixed]
    if ends:
        fixed = fixed[: min(ends)].rpartition("/")[0]  # the word that a variable belongs to varies
    return tuple(fixed.split("/")[1 : DEPTH + 1])


def includeme(config: Configurator) -> None:
    """Take the place of Pyramid's mapper; before the first route."""
    config.registry.registerUtility(WordsMapper(), IRoutesMapper)
