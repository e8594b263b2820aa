"""What this hub writes down of its sockets in Valkey, for everybody who asks ``core.followers``.

Many come and go at once, so what happens within a moment is written together.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from uuid import UUID

import gevent
import redis
import structlog
from gevent.event import Event
from gevent.pool import Pool

from web.core.followers import HUB_SECONDS, Followers, bytes_of, followers_key, hubs_key, topics_key
from web.core.ids import new_id
from web.core.signalling import Valkey
from web.core.topics import Caller

log = structlog.get_logger(__name__)

Place = tuple[str, UUID]  # topic and member

BEAT_SECONDS = 5.0
KEPT_SECONDS = 3600  # what a dead hub wrote waits so long for another one to clear it up
AT_ONCE = 1000  # members in one command
WATCH_SECONDS = 0.25
SETTLE_SECONDS = 1.0  # nobody waits longer until they are written down
GRACE_SECONDS = 4.0  # for a socket that was lost to come back before its member counts as gone
MOST_GOING = 8  # members at a time whose going is told


class Roll:
    """The roll of one hub: a topic's members, each as often as they have sockets on it.

    Args:
        on_new: called with topic and members who had no socket on it in any hub until now. Must not raise.
        on_gone: called with topic and member when no hub has a socket of theirs there any more, and with the
            last caller, None when it died with its hub. Must not raise.
    """

    def __init__(
        self,
        valkey: Valkey,
        on_new: Callable[[str, set[UUID]], None],
        on_gone: Callable[[str, UUID, Caller | None], None],
    ) -> None:
        self.name = str(new_id())
        self._valkey = valkey
        self._on_new = on_new
        self._on_gone = on_gone
        self._followers = Followers(valkey)
        self._topics: dict[str, Counter[UUID]] = {}
        self._added: list[Place] = []
        self._some_added = Event()
        self._settled = Event()
        self._settling: Event | None = None
        self._departures: dict[Place, tuple[float, Caller]] = {}
        self._going = Pool(MOST_GOING)
        self._lives = float(HUB_SECONDS)
        self._is_written = False

    # What happens

    def add(self, topic: str, member_id: UUID) -> None:
        """One more socket of a member on a topic."""
        self._departures.pop((topic, member_id), None)
        members = self._topics.setdefault(topic, Counter())
        members[member_id] += 1
        if members[member_id] == 1:
            self._added.append((topic, member_id))
            self._some_added.set()

    def settle(self) -> None:
        """Wait until those who were added are written down, but no longer than a second."""
        settled = self._settled if self._added else self._settling
        if settled is not None:
            settled.wait(SETTLE_SECONDS)

    def remove(self, topic: str, caller: Caller, *, at_once: bool = False) -> None:
        """One socket less.

        Args:
            at_once: its member does not mean to come back.
        """
        members = self._topics[topic]
        members[caller.member_id] -= 1
        if members[caller.member_id] == 0:
            due = time.monotonic() + (0 if at_once else GRACE_SECONDS)
            self._departures[topic, caller.member_id] = (due, caller)

    # Writing it down

    def watch_added(self) -> None:
        """Write down for ever who comes; the body of a greenlet."""
        while True:
            self._some_added.wait()
            self.write_added()

    def write_added(self) -> None:
        """Write down those who came."""
        added, self._added = self._added, []
        self._settling = settled = self._settled
        self._settled = Event()
        self._some_added.clear()
        by_topic = _by_topic(added)
        new = {topic: members - self._followers.among(topic, members) for topic, members in by_topic.items()}
        self._write(lambda pipeline: self._write_members(pipeline, self._still_there(by_topic)))
        settled.set()
        self._settling = None
        for topic, members in new.items():
            if members:
                self._on_new(topic, members)

    def watch(self) -> None:
        """Strike out who is gone, say that this hub lives, and clear up after dead ones; for ever."""
        beat_at = 0.0
        while True:
            self.strike_out(time.monotonic())
            if time.monotonic() >= beat_at:
                self.beat()
                self.clear_up()
                beat_at = time.monotonic() + BEAT_SECONDS
            gevent.sleep(WATCH_SECONDS)

    def strike_out(self, now: float) -> None:
        """Strike out those whose time to come back is over, as of ``now`` (``time.monotonic``)."""
        due = {place: caller for place, (at, caller) in self._departures.items() if at <= now}
        for topic, member_id in due:
            del self._departures[topic, member_id]
            members = self._topics[topic]
            del members[member_id]
            if not members:
                del self._topics[topic]
        if due:
            by_topic = _by_topic(due)
            self._write(lambda pipeline: self._strike_members(pipeline, by_topic))
            self._tell_gone(by_topic, due)

    def beat(self) -> None:
        """Say that this hub lives, and write everything down again where that was lost."""
        if self._is_written:
            self._write(lambda pipeline: pipeline.expire(topics_key(self._valkey, self.name), KEPT_SECONDS))
        if not self._is_written:
            self._is_written = True
            everybody = {topic: set(members) for topic, members in self._topics.items()}
            self._write(lambda pipeline: self._write_members(pipeline, everybody), is_all=True)

    def retire(self, seconds: float) -> None:
        """Count as dead some seconds after the last word: until then members may come to another hub."""
        self._lives = seconds
        self._write(lambda _: None)

    def clear_up(self) -> None:
        """Clear up after dead hubs; one hub does it for each of them."""
        try:
            client = self._valkey.client
            for dead in client.zrangebyscore(hubs_key(self._valkey), "-inf", time.time()):
                hub = bytes_of(dead).decode()
                if client.zrem(hubs_key(self._valkey), hub):
                    self._clear_up_after(hub)
        except redis.RedisError as error:
            log.warning("roll_not_cleared", error=str(error))

    def has(self, topic: str, member_id: UUID) -> bool:
        """Whether a member is written down for a topic by any hub."""
        return self._followers.follows(topic, member_id)

    def _clear_up_after(self, hub: str) -> None:
        client = self._valkey.client
        key = topics_key(self._valkey, hub)
        for topic in (bytes_of(found).decode() for found in client.smembers(key)):
            written = followers_key(self._valkey, hub, topic)
            members = {UUID(bytes=bytes_of(member)) for member in client.smembers(written)}
            client.delete(written)
            self._tell_gone({topic: members}, {})
        client.delete(key)
        log.info("hub_cleared_up", hub=hub)

    def _tell_gone(self, by_topic: dict[str, set[UUID]], callers: dict[Place, Caller]) -> None:
        for topic, members in by_topic.items():
            for member_id in members - self._followers.among(topic, members):
                self._going.spawn(self._on_gone, topic, member_id, callers.get((topic, member_id)))

    def _still_there(self, by_topic: dict[str, set[UUID]]) -> dict[str, set[UUID]]:
        """Without those who were struck out meanwhile: nobody would strike them out again."""
        return {
            topic: still_there
            for topic, members in by_topic.items()
            if (still_there := members & self._topics.get(topic, Counter()).keys())
        }

    def _write_members(self, pipeline: "redis.client.Pipeline", by_topic: dict[str, set[UUID]]) -> None:
        for topic, members in by_topic.items():
            pipeline.sadd(topics_key(self._valkey, self.name), topic)
            for some in _in_parts(members):
                pipeline.sadd(followers_key(self._valkey, self.name, topic), *some)

    def _strike_members(self, pipeline: "redis.client.Pipeline", by_topic: dict[str, set[UUID]]) -> None:
        for topic, members in by_topic.items():
            for some in _in_parts(members):
                pipeline.srem(followers_key(self._valkey, self.name, topic), *some)
            if topic not in self._topics:
                pipeline.srem(topics_key(self._valkey, self.name), topic)

    def _write(self, commands: "Callable[[redis.client.Pipeline], object]", *, is_all: bool = False) -> None:
        try:
            pipeline = self._valkey.client.pipeline(transaction=False)
            pipeline.zadd(hubs_key(self._valkey), {self.name: time.time() + self._lives})
            commands(pipeline)
            is_new, *_ = pipeline.execute()
            if is_new and not is_all:  # all was lost; the next beat writes it again
                self._is_written = False
        except redis.RedisError as error:
            self._is_written = False
            log.warning("roll_not_written", error=str(error))


def _by_topic(places: Iterable[Place]) -> dict[str, set[UUID]]:
    by_topic = defaultdict(set)
    for topic, member_id in places:
        by_topic[topic].add(member_id)
    return dict(by_topic)


def _in_parts(members: set[UUID]) -> Iterable[list[bytes]]:
    ids = [member_id.bytes for member_id in members]
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
