"""The people of an import: who they are, when the data first shows them, and under which ids they live."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from pipelines.imports import statements
from pipelines.imports.source import ImportFailed, Report
from pipelines.imports.stages import AccountRow
from pipelines.imports.writer import HistoryWriter
from web.accounts.models import Account, Email
from web.core.ids import derived_id

LOCALE = "en"
ZONE = "UTC"

_found = (
    sa.select(Account.username_key, Account.id, Email.account_id.is_not(None).label("has_login"))
    .outerjoin(Email, Email.account_id == Account.id)
    .where(Account.username_key == sa.any_(sa.bindparam("names", type_=sa.ARRAY(sa.Text))))
)


class People:
    """Collects everybody in a file, then gives them ids.

    Args:
        source: the community they come from, a slug; ``<source>-<key>`` is their username.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._first: dict[str, datetime] = {}
        self._kinds: dict[str, str] = {}
        self._ids: dict[str, UUID] = {}

    def see(self, key: str, moment: datetime, kind: str = "person") -> None:
        """The data shows ``key`` at ``moment``; the earliest such moment becomes their beginning."""
        known = self._first.get(key)
        if known is None or moment < known:
            self._first[key] = moment
        self._kinds.setdefault(key, kind)

    def settle(self, connection: sa.Connection) -> None:
        """Give everybody their id: the one that they had, or one derived from the data.

        Raises:
            ImportFailed: a member of Plaza with a login has one of the usernames.
        """
        names = {f"{self._source}-{key}": key for key in self._first}
        for name, account_id, has_login in connection.execute(_found, {"names": list(names)}):
            if has_login:
                raise ImportFailed(f"the username {name} belongs to a member; import under another --source")
            self._ids[names[name]] = account_id
        for key, moment in self._first.items():
            self._ids.setdefault(key, derived_id(moment, self._source, "account", key))

    def id(self, key: str) -> UUID:
        """The account id of somebody who was seen, after :meth:`settle`."""
        return self._ids[key]

    def write(self, writer: HistoryWriter, report: Report) -> None:
        """Write everybody who is not there yet, and count them."""
        report.people.rows = len(self._first) + report.people.rejected
        report.people.written = writer.write(statements.ACCOUNTS, self._rows(), len(self._first))

    def _rows(self) -> Iterator[AccountRow]:
        for key, moment in self._first.items():
            name = f"{self._source}-{key}"
            yield AccountRow(
                event_id=derived_id(moment, self._source, "joined", key),
                id=self._ids[key],
                kind=self._kinds[key],
                username=name,
                nickname=name,
                zone=ZONE,
                locale=LOCALE,
                created_at=moment,
            )
