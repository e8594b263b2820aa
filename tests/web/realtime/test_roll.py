"""Who is there, over several hubs that come, go, die and lose what they wrote."""

import time
from collections.abc import Collection
from uuid import UUID

import gevent
import pytest

from web.core.app import App
from web.core.followers import Followers, hubs_key
from web.core.ids import new_id
from web.core.topics import Caller
from web.realtime.roll import GRACE_SECONDS, Roll

TOPIC = "room:1"
MINA, JOON = new_id(), new_id()


class Hub:
    """A hub's roll, and what it said."""

    def __init__(self, app: App) -> None:
        self.new: list[tuple[str, set[UUID]]] = []
        self.gone: list[tuple[str, UUID, bool]] = []
        self.roll = Roll(
            app.valkey,
            lambda topic, members: self.new.append((topic, members)),
            lambda topic, member, caller: self.gone.append((topic, member, caller is not None)),
        )
        self.roll.beat()

    def add(self, *members: UUID) -> None:
        """Sockets come."""
        for member_id in members:
            self.roll.add(TOPIC, member_id)
        self.roll.write_added()

    def remove(self, member_id: UUID, *, at_once: bool = False) -> None:
        """A socket goes."""
        self.roll.remove(TOPIC, Caller(member_id, new_id(), "1"), at_once=at_once)

    def strike_out(self, later: float = 0.0) -> None:
        """Some seconds pass."""
        self.roll.strike_out(time.monotonic() + later)
        gevent.sleep(0)  # lets it be told


@pytest.fixture
def followers(app: App) -> Followers:
    """What everybody else sees."""
    return Followers(app.valkey)


@pytest.fixture
def hub(app: App) -> Hub:
    """A hub."""
    return Hub(app)


@pytest.fixture
def other(app: App) -> Hub:
    """Another one."""
    return Hub(app)


def test_members_are_counted_once_in_all_hubs(hub: Hub, other: Hub, followers: Followers) -> None:
    hub.add(MINA, MINA, JOON)
    other.add(MINA)
    assert followers.of(TOPIC) == {MINA, JOON}
    assert followers.counts([TOPIC, "room:2"]) == {TOPIC: 2, "room:2": 0}
    assert followers.among(TOPIC, [JOON, new_id()]) == {JOON}
    assert hub.new == [(TOPIC, {MINA, JOON})]
    assert other.new == []


def test_one_is_gone_with_the_last_socket_after_a_while(hub: Hub, followers: Followers) -> None:
    hub.add(MINA, MINA)
    hub.remove(MINA)
    hub.strike_out(later=GRACE_SECONDS)
    assert followers.follows(TOPIC, MINA)
    hub.remove(MINA)
    hub.strike_out()
    assert followers.follows(TOPIC, MINA)
    assert hub.gone == []
    hub.strike_out(later=GRACE_SECONDS)
    assert not followers.follows(TOPIC, MINA)
    assert hub.gone == [(TOPIC, MINA, True)]


def test_who_leaves_on_purpose_is_gone_at_once(hub: Hub) -> None:
    hub.add(MINA)
    hub.remove(MINA, at_once=True)
    hub.strike_out()
    assert hub.gone == [(TOPIC, MINA, True)]


def test_who_comes_back_or_is_elsewhere_is_not_gone(hub: Hub, other: Hub, followers: Followers) -> None:
    hub.add(MINA, JOON)
    other.add(JOON)
    hub.remove(MINA)
    hub.remove(JOON)
    hub.add(MINA)
    hub.strike_out(later=GRACE_SECONDS)
    assert hub.gone == []
    assert followers.of(TOPIC) == {MINA, JOON}


def test_what_a_dead_hub_wrote_counts_for_nothing_and_another_one_tells_who_is_gone(
    app: App, hub: Hub, other: Hub, followers: Followers
) -> None:
    hub.add(MINA, JOON)
    other.add(JOON)
    app.valkey.client.zadd(hubs_key(app.valkey), {hub.roll.name: time.time() - 1})
    assert followers.of(TOPIC) == {JOON}
    other.roll.clear_up()
    gevent.sleep(0)
    assert other.gone == [(TOPIC, MINA, False)]
    other.roll.clear_up()
    gevent.sleep(0)
    assert len(other.gone) == 1
    assert not app.valkey.client.keys(app.valkey.key("hub", hub.roll.name) + "*")


def test_who_was_in_a_hub_that_says_goodbye_may_come_to_another(
    hub: Hub, other: Hub, followers: Followers
) -> None:
    hub.add(MINA)
    hub.roll.retire(-1)
    other.add(MINA)
    other.roll.clear_up()
    gevent.sleep(0)
    assert other.gone == []
    assert followers.of(TOPIC) == {MINA}


def test_what_is_lost_with_valkey_is_written_again(app: App, hub: Hub, followers: Followers) -> None:
    hub.add(MINA, JOON)
    client = app.valkey.client
    for key in client.scan_iter(match=app.valkey.key("hub*")):
        client.delete(key)
    assert followers.of(TOPIC) == set()
    hub.roll.beat()
    assert followers.of(TOPIC) == {MINA, JOON}


def test_the_loss_is_noticed_although_somebody_comes_before_the_next_beat(
    app: App, hub: Hub, followers: Followers
) -> None:
    hub.add(MINA)
    client = app.valkey.client
    for key in client.scan_iter(match=app.valkey.key("hub*")):
        client.delete(key)
    hub.add(JOON)
    hub.roll.beat()
    assert followers.of(TOPIC) == {MINA, JOON}


def test_who_is_struck_out_while_being_written_down_is_not_there(hub: Hub, followers: Followers) -> None:
    class Interrupted(Followers):
        """In the time that the answer takes, the member is dismissed, and struck out."""

        def among(self, topic: str, member_ids: Collection[UUID]) -> set[UUID]:
            there = super().among(topic, member_ids)
            if hub.roll._followers is self:
                hub.roll._followers = followers
                hub.remove(MINA, at_once=True)
                hub.strike_out()
            return there

    hub.roll._followers = Interrupted(hub.roll._valkey)
    hub.add(MINA, JOON)
    assert followers.of(TOPIC) == {JOON}
