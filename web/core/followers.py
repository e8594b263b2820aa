"""Who is there: which members have a socket open at all, and which follow a topic, in any hub.

Each hub writes down what it holds, and that it lives; what a dead hub wrote counts for nothing. All of it may
be lost with Valkey: hubs write it down again within seconds.
"""

import time
from collections.abc import Collection, Iterable
from uuid import UUID

import redis
import structlog

from web.core.signalling import Valkey

log = structlog.get_logger(__name__)

HUB_SECONDS = 20  # without a sign of life for so long, a hub is dead
ONLINE = "online"  # what everybody with a socket follows


def hubs_key(valkey: Valkey) -> str:
    """A sorted set: the hubs, by the time when they count as dead."""
    return valkey.key("hubs")


def topics_key(valkey: Valkey, hub: str) -> str:
    """A set: the topics that a hub has followers of."""
    return valkey.key("hub", hub)


def followers_key(valkey: Valkey, hub: str, topic: str) -> str:
    """A set: the members who follow a topic in a hub, as the bytes of their ids."""
    return valkey.key("hub", hub, topic)


def bytes_of(value: object) -> bytes:
    """What Valkey's client answers, which its types do not tell: it decodes nothing here."""
    assert isinstance(value, bytes)  # noqa: S101
    return value


class Followers:
    """Answers by what the hubs wrote down; nobody is there while Valkey is away."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    def online(self, member_ids: Collection[UUID]) -> set[UUID]:
        """Which of these members have a socket open. Who may know is ``MemberPolicy.shows_online``."""
        return self.among(ONLINE, member_ids)

    def among(self, topic: str, member_ids: Collection[UUID]) -> set[UUID]:
        """Which of these members follow a topic."""
        members = list(member_ids)
        if not members:
            return set()
        try:
            pipeline = self._valkey.client.pipeline(transaction=False)
            for hub in self.hubs():
                pipeline.smismember(
                    followers_key(self._valkey, hub, topic), [member_id.bytes for member_id in members]
                )
            answers = pipeline.execute()
        except redis.RedisError as error:
            log.warning("followers_unknown", error=str(error))
            return set()
        return {members[at] for answer in answers for at, is_there in enumerate(answer) if is_there}

    def follows(self, topic: str, member_id: UUID) -> bool:
        """Whether a member has a socket open that follows a topic."""
        return bool(self.among(topic, [member_id]))

    def of(self, topic: str) -> set[UUID]:
        """The members who follow a topic."""
        return self._many([topic])[topic]

    def counts(self, topics: Iterable[str]) -> dict[str, int]:
        """How many members follow each of some topics."""
        return {topic: len(members) for topic, members in self._many(list(topics)).items()}

    def hubs(self) -> list[str]:
        """The hubs that live.

        Raises:
            RedisError: Valkey is away.
        """
        living = self._valkey.client.zrangebyscore(hubs_key(self._valkey), time.time(), "+inf")
        return [bytes_of(hub).decode() for hub in living]

    def _many(self, topics: list[str]) -> dict[str, set[UUID]]:
        try:
            hubs = self.hubs()
            pipeline = self._valkey.client.pipeline(transaction=False)
            for topic in topics:
                if hubs:
                    pipeline.sunion([followers_key(self._valkey, hub, topic) for hub in hubs])
            answers = pipeline.execute()
        except redis.RedisError as error:
            log.warning("followers_unknown", error=str(error))
            answers = []
        members = [{UUID(bytes=member) for member in answer} for answer in answers] or [set()] * len(topics)
        return dict(zip(topics, members, strict=True))
