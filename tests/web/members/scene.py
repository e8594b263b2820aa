"""Members of every kind around one viewer: each way to stand × each relation × each privacy setting."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from tests.web.crowd import START
from web.accounts.models import Account
from web.core.ids import new_id
from web.core.relations import Between
from web.graph.models import Block, Follow, Friendship

_LATER = datetime.now(UTC) + timedelta(days=1)
# How an account can stand, and whether others may meet it.
STANDINGS: dict[str, tuple[dict[str, Any], bool]] = {
    "active": ({}, True),
    "suspension over": ({"suspended_until": START}, True),
    "suspended": ({"suspended_until": _LATER}, False),
    "banned": ({"banned_at": START}, False),
    "deactivated": ({"deactivated_at": START}, False),
    "leaving": ({"deletion_requested_at": START}, False),
    "erased": ({"erased_at": START}, False),
    "banned and erased": ({"banned_at": START, "erased_at": START}, False),
    "placeholder": ({"kind": "placeholder"}, False),
}
BLOCKS = ("none", "by the viewer", "by the member", "by both")


@dataclass
class Crowd:
    """Rows to write, and how each member stands to the viewer.

    Attributes:
        between: by member.
        present: whether others may meet a member.
    """

    viewer: UUID
    common_friend: UUID
    between: dict[UUID, Between] = field(default_factory=dict)
    present: dict[UUID, bool] = field(default_factory=dict)
    standing: dict[UUID, str] = field(default_factory=dict)
    settings: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def add(self, standing: str, between: Between, blocks: str, settings: dict[str, Any]) -> UUID:
        """A member who stands so; written by :meth:`write`."""
        member_id = new_id()
        self.between[member_id] = between
        self.standing[member_id] = standing
        self.present[member_id] = STANDINGS[standing][1]
        self.settings[member_id] = settings
        self._blocks.append((member_id, blocks))
        return member_id

    _blocks: list[tuple[UUID, str]] = field(default_factory=list)

    def write(self, engine: sa.Engine) -> None:
        """Write everybody and everything between them and the viewer."""
        with engine.begin() as connection:
            for account in (self.viewer, self.common_friend):
                connection.execute(sa.insert(Account), _account(account, {}))
            for member_id, standing in self.standing.items():
                values = STANDINGS[standing][0] | self.settings[member_id]
                connection.execute(sa.insert(Account), _account(member_id, values))
            for table, rows in self._relations().items():
                if rows:
                    connection.execute(sa.insert(table), rows)

    def _relations(self) -> dict[type[Any], list[dict[str, Any]]]:
        follows, friendships, blocks = [], list(_friends(self.viewer, self.common_friend)), []
        for member_id, between in self.between.items():
            if between.follows:
                follows.append({"follower_id": self.viewer, "followed_id": member_id})
            if between.followed_by:
                follows.append({"follower_id": member_id, "followed_id": self.viewer})
            if between.friends:
                friendships += _friends(self.viewer, member_id)
            if between.friends_of_friends:
                friendships += _friends(self.common_friend, member_id)
        for member_id, kind in self._blocks:
            if kind in ("by the viewer", "by both"):
                blocks.append({"blocker_id": self.viewer, "blocked_id": member_id})
            if kind in ("by the member", "by both"):
                blocks.append({"blocker_id": member_id, "blocked_id": self.viewer})
        tables = {Follow: follows, Friendship: friendships, Block: blocks}
        return {table: [row | {"created_at": START} for row in rows] for table, rows in tables.items()}


def relations() -> Iterator[tuple[Between, str]]:
    """Everything that can be between two members, and how it is blocked; also what services never leave."""
    for follows, followed_by, friends, of_friends in product((False, True), repeat=4):
        for blocks in BLOCKS:
            yield Between(follows, followed_by, friends, of_friends, blocks != "none"), blocks


def _friends(one: UUID, other: UUID) -> Iterator[dict[str, Any]]:
    yield {"member_id": one, "friend_id": other}
    yield {"member_id": other, "friend_id": one}


def _account(account_id: UUID, values: dict[str, Any]) -> dict[str, Any]:
    name = f"m_{account_id.hex}"
    return {
        "id": account_id,
        "username": name,
        "username_key": name,
        "nickname": name,
        "created_at": START,
        **values,
    }
