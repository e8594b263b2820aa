"""Where suggestions come from: the result of a night where there is one, what is live otherwise."""

from abc import ABC, abstractmethod

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.db import AnySelect


class SuggestionSource(ABC):
    """Knows candidates for every member; who of them is shown is not its question.

    The reader leaves out whom the member knows, blocks, mutes or has dismissed, and who does not want to be
    suggested, so that a result of last night is true now.
    """

    @abstractmethod
    def has_result(self, session: Session) -> bool:
        """Whether the source can be asked now; where not, the one below it is."""

    @property
    @abstractmethod
    def candidates(self) -> AnySelect:
        """The candidates for the member in the parameter ``viewer``; built once.

        Columns: ``member_id``, ``score`` (a whole number; more is better), ``mutual_friends``,
        ``common_goals``, ``common_interests`` (a text array). Each member once.
        """


class SuggestionSources:
    """The sources, lowest first; features above add theirs in ``register``."""

    def __init__(self) -> None:
        self._sources: list[SuggestionSource] = []

    def add(self, source: SuggestionSource) -> None:
        """Prefer ``source`` to those before it, whenever it has a result."""
        self._sources.append(source)

    def best(self, session: Session) -> SuggestionSource:
        """The source to read from now; the lowest always has a result and is not asked."""
        above = self._sources[:0:-1]
        return next((source for source in above if source.has_result(session)), self._sources[0])


# The type of ``common_interests`` where there are none.
NO_INTERESTS = sa.literal_column("'{}'::text[]", sa.ARRAY(sa.Text))
