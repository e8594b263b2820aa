"""What several did to the same thing is told at once, and nothing twice."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import comment, follow, like, titles, told, unlike
from tests.web.statements import sent
from tests.web.together import together
from web.accounts.models import Account
from web.content.reacting import ReactionService
from web.core.app import App
from web.core.clock import Clock
from web.core.events import Happened
from web.core.ids import new_id
from web.core.refs import Ref
from web.graph.events import MemberFollowed
from web.graph.service import GraphService
from web.notifications import queries
from web.notifications.models import Notification
from web.notifications.service import NotificationService


def crowd(app: App, size: int) -> list[Person]:
    return [make_person(app, f"member{number}") for number in range(size)]


def actor_counts(app: App) -> Sequence[int]:
    with app.reading() as services:
        return services[Session].scalars(sa.select(Notification.actor_count)).all()


def test_likes_of_one_post_are_one_item(app: App, api: Api, mina: Person, joon: Person, sora: Person) -> None:
    post_id, other = make_post(app, mina), make_post(app, mina)
    like(app, joon, post_id)
    assert titles(api, mina) == ["Joon likes your post"]
    like(app, sora, post_id)
    assert titles(api, mina) == ["Sora and 1 other like your post"]
    like(app, make_person(app, "dami"), post_id)
    assert titles(api, mina) == ["Dami and 2 others like your post"]
    [item] = api.get("/notifications", mina)["items"]
    assert (item["actor"]["username"], item["other_count"]) == ("dami", 2)
    assert api.get("/notifications/unread-count", mina) == {"unread": 1}
    like(app, joon, other)
    assert titles(api, mina) == ["Joon likes your post", "Dami and 2 others like your post"]


def test_what_happens_after_it_was_read_is_told_anew(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    comment(app, joon, post_id)
    [item] = api.get("/notifications", mina)["items"]
    api.put(f"/notifications/{item['id']}/read", mina, status=204)
    comment(app, sora, post_id)
    comment(app, joon, post_id)
    assert titles(api, mina) == ["Joon and 1 other commented on your post", "Joon commented on your post"]
    assert api.get("/notifications/unread-count", mina) == {"unread": 1}


def test_more_brings_it_to_the_top(app: App, api: Api, mina: Person, joon: Person, sora: Person) -> None:
    post_id = make_post(app, mina)
    like(app, joon, post_id)
    follow(app, joon, mina)
    like(app, sora, post_id)
    assert told(api, mina) == [("content_liked", "sora"), ("member_followed", "joon")]


@pytest.mark.parametrize("reads_between", [False, True])
def test_liking_again_tells_nothing(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, reads_between: bool
) -> None:
    post_id = make_post(app, mina)
    for person in (joon, sora):
        like(app, person, post_id)
    [before] = api.get("/notifications", mina)["items"]
    if reads_between:
        api.put("/notifications/read-all", mina, status=204)
    unlike(app, joon, post_id)
    like(app, joon, post_id)
    [after] = api.get("/notifications", mina)["items"]
    assert after | {"read_at": None} == before
    assert actor_counts(app) == [2]


def test_likes_of_different_comments_are_apart(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, joon)
    comments = [comment(app, mina, post_id) for _ in range(2)]
    for comment_id in (*comments, *comments):
        with app.work() as services:
            services[ReactionService].unlike_comment(joon.id, comment_id)
            services[ReactionService].like_comment(joon.id, comment_id)
    assert titles(api, mina) == ["Joon likes your comment"] * 2


def test_following_again_tells_nothing(app: App, api: Api, mina: Person, joon: Person) -> None:
    for _ in range(2):
        follow(app, joon, mina)
        with app.work() as services:
            services[GraphService].unfollow(joon.id, mina.id)
    assert told(api, mina) == [("member_followed", "joon")]


def test_who_is_out_of_sight_is_neither_named_nor_counted(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    dami = make_person(app, "dami")
    for person in (joon, sora, dami):
        like(app, person, post_id)
    api.put(f"/users/{dami.id}/block", mina)
    assert titles(api, mina) == ["Sora and 1 other like your post"]
    api.put(f"/users/{joon.id}/mute", mina)
    assert titles(api, mina) == ["Sora likes your post"]
    api.put(f"/users/{mina.id}/block", sora)
    assert titles(api, mina) == []
    assert api.get("/notifications/unread-count", mina) == {"unread": 0}


def test_those_beyond_the_last_ones_are_only_counted(
    app: App, api: Api, mina: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_id = make_post(app, mina)
    for person in crowd(app, 4):
        like(app, person, post_id)
    with app.work() as services:
        services[Session].execute(sa.update(Notification).values(actor_count=queries.LOOKED_AT + 1200))
    assert titles(api, mina) == ["Member3 and 1203 others like your post"]


def test_a_crowd_at_once_makes_one_item_that_counts_right(app: App, api: Api, mina: Person) -> None:
    post_id = make_post(app, mina)
    people = crowd(app, 6)
    together([partial(like, app, person, post_id) for person in people])
    [title] = titles(api, mina)
    assert title.endswith("and 5 others like your post")
    assert actor_counts(app) == [6]


def test_reading_while_more_happens_loses_nothing(app: App, api: Api, mina: Person) -> None:
    """Whatever comes first: what was not read is unread, in one item."""
    post_id = make_post(app, mina)
    people = crowd(app, 4)
    like(app, people[0], post_id)
    with app.reading() as services:
        first = services[Session].scalars(sa.select(Notification.id)).one()

    def read() -> None:
        with app.work() as services:
            services[NotificationService].mark_read(mina.id, first)

    likes: list[Callable[[], None]] = [partial(like, app, person, post_id) for person in people[1:]]
    together([read, *likes])
    items = api.get("/notifications", mina)["items"]
    assert sum(item["other_count"] + 1 for item in items) == 4
    assert len([item for item in items if item["read_at"] is None]) == len(items) - 1


def test_what_a_name_looks_like_is_not_filled_in(app: App, api: Api, mina: Person, joon: Person) -> None:
    with app.work() as services:
        named = sa.update(Account).where(Account.id == joon.id).values(nickname="${count} $actor")
        services[Session].execute(named)
    follow(app, joon, mina)
    assert titles(api, mina) == ["${count} $actor follows you now"]


def test_many_are_told_in_as_many_statements_as_one_but_for_their_jobs(
    app: App, api: Api, mina: Person
) -> None:
    people = crowd(app, 5)
    event = MemberFollowed(follower_id=mina.id, followed_id=mina.id)

    def tell(count: int) -> int:
        happened = Happened(id=new_id(), occurred_at=Clock().now(), event=event)
        members = [person.id for person in people[:count]]
        with sent(app) as statements, app.work() as services:
            services[NotificationService].tell_message(members, about=happened, conversation_id=uuid4())
        return len([each for each in statements if "INTO jobs" not in each])

    assert tell(5) == tell(1)
    assert [told(api, person) for person in people] == [[("message", "mina")] * 2] + [
        [("message", "mina")]
    ] * 4


def test_messages_of_one_conversation_are_read_with_it(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    event = MemberFollowed(follower_id=joon.id, followed_id=mina.id)
    chats = [uuid4(), uuid4()]
    for chat in (*chats, chats[0]):
        happened = Happened(id=new_id(), occurred_at=Clock().now(), event=event)
        with app.work() as services:
            services[NotificationService].tell_message([mina.id], about=happened, conversation_id=chat)
    assert titles(api, mina) == ["Joon sent you a message"] * 2
    for _ in range(2):
        with app.work() as services:
            target = Ref("conversation", chats[0])
            services[NotificationService].mark_read_about(mina.id, ["message"], target)
    assert [item["target"]["id"] for item in api.get("/notifications?unread_only=true", mina)["items"]] == [
        str(chats[1])
    ]


def test_what_nobody_did_is_told_by_nobody(app: App, api: Api, mina: Person, joon: Person) -> None:
    occasion = new_id()
    for _ in range(2):
        with app.work() as services:
            services[NotificationService].inform(
                mina.id, "friend_request", about=occasion, target=Ref("member", joon.id)
            )
    [item] = api.get("/notifications", mina)["items"]
    assert (item["actor"], item["image_url"], item["other_count"]) == (None, None, 0)
