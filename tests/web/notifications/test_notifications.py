"""Who is told of what, and what they have read."""

from uuid import uuid4

import pytest

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import ENGLISH, comment, follow, like, told
from tests.web.statements import sent
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.core.app import App
from web.core.clock import Clock
from web.core.events import Happened
from web.core.ids import new_id
from web.core.refs import Ref
from web.graph.events import MemberFollowed
from web.notifications.service import NotificationService


def test_the_followed_is_told_by_whom(app: App, api: Api, mina: Person, joon: Person) -> None:
    follow(app, joon, mina)
    [item] = api.get("/notifications", mina, headers=ENGLISH)["items"]
    assert (item["type"], item["title"]) == ("member_followed", "Joon follows you now")
    assert item["target"] == {"kind": "member", "id": str(joon.id)}
    assert item["action_url"] == f"/members/{joon.id}"
    assert item["actor"]["username"] == "joon"
    assert item["read_at"] is None
    assert told(api, joon) == []


def test_the_author_is_told_of_likes_and_comments(app: App, api: Api, mina: Person, joon: Person) -> None:
    post_id = make_post(app, mina)
    like(app, joon, post_id)
    comment(app, joon, post_id)
    commented, liked = api.get("/notifications", mina, headers=ENGLISH)["items"]
    assert (commented["type"], commented["title"]) == ("content_commented", "Joon commented on your post")
    assert (liked["type"], liked["title"]) == ("content_liked", "Joon likes your post")
    for item in (commented, liked):
        assert item["target"] == {"kind": "content", "id": str(post_id)}
        assert item["action_url"] == f"/posts/{post_id}"


def test_an_answer_tells_its_parents_author_and_the_posts_author(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    parent = comment(app, joon, post_id)
    comment(app, sora, post_id, parent)
    assert told(api, joon) == [("comment_answered", "sora")]
    assert told(api, mina) == [("content_commented", "sora")]


def test_an_answer_to_the_posts_author_tells_them_once(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    post_id = make_post(app, mina)
    parent = comment(app, mina, post_id)
    comment(app, joon, post_id, parent)
    assert told(api, mina) == [("comment_answered", "joon")]


def test_answering_oneself_tells_only_the_posts_author(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    post_id = make_post(app, mina)
    parent = comment(app, joon, post_id)
    comment(app, joon, post_id, parent)
    assert told(api, mina) == [("content_commented", "joon")]
    assert told(api, joon) == []


def test_nobody_is_told_of_their_own_doing(app: App, api: Api, mina: Person) -> None:
    post_id = make_post(app, mina)
    like(app, mina, post_id)
    comment(app, mina, post_id, comment(app, mina, post_id))
    assert told(api, mina) == []
    assert api.get("/notifications/unread-count", mina) == {"unread": 0}


def test_titles_are_in_the_language_of_the_reader(app: App, api: Api, mina: Person, joon: Person) -> None:
    follow(app, joon, mina)
    for language in ("ko", "en", "ja", "es", "xx", "en;q=0.1, es"):
        [item] = api.get("/notifications", mina, headers={"Accept-Language": language})["items"]
        assert "Joon" in item["title"]
        assert "${" not in item["title"]


def test_reading_one_leaves_the_others_unread(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    follow(app, joon, mina)
    follow(app, sora, mina)
    assert api.get("/notifications/unread-count", mina) == {"unread": 2}
    [newest, oldest] = api.get("/notifications", mina)["items"]
    api.put(f"/notifications/{oldest['id']}/read", mina, status=204)
    assert api.get("/notifications/unread-count", mina) == {"unread": 1}
    assert told(api, mina) == [("member_followed", "sora"), ("member_followed", "joon")]
    unread = api.get("/notifications?unread_only=true", mina)["items"]
    assert unread == [newest]


def test_reading_twice_keeps_the_first_time(app: App, api: Api, mina: Person, joon: Person) -> None:
    follow(app, joon, mina)
    [item] = api.get("/notifications", mina)["items"]
    for path in (f"/notifications/{item['id']}/read", "/notifications/read-all"):
        api.put(path, mina, status=204)
        [read] = api.get("/notifications", mina)["items"]
        assert read["read_at"] is not None
        api.put(path, mina, status=204)
        assert api.get("/notifications", mina)["items"] == [read]


def test_reading_all_leaves_nothing_unread_and_others_alone(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for followed in (mina, joon):
        follow(app, sora, followed)
    follow(app, joon, mina)
    for _ in range(2):
        api.put("/notifications/read-all", mina, status=204)
        assert api.get("/notifications/unread-count", mina) == {"unread": 0}
    assert api.get("/notifications?unread_only=true", mina)["items"] == []
    assert api.get("/notifications/unread-count", joon) == {"unread": 1}


def test_somebody_elses_notification_is_not_there(app: App, api: Api, mina: Person, joon: Person) -> None:
    follow(app, joon, mina)
    [item] = api.get("/notifications", mina)["items"]
    api.put(f"/notifications/{item['id']}/read", joon, status=404)
    api.put(f"/notifications/{uuid4()}/read", mina, status=404)
    assert api.get("/notifications/unread-count", mina) == {"unread": 1}


def test_paging_shows_each_once_while_new_ones_arrive(app: App, api: Api, mina: Person) -> None:
    followers = [make_person(app, f"early{number}") for number in range(5)]
    for follower in followers:
        follow(app, follower, mina)
    post_id = make_post(app, mina)
    seen: list[str] = []
    cursor = ""
    for follower in followers:
        page = api.get(f"/notifications?limit=2{cursor}", mina)
        seen += [item["actor"]["username"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
        like(app, follower, post_id)
    assert seen == [follower.username for follower in reversed(followers)]


def test_a_cursor_is_bound_to_its_filter(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for follower in (joon, sora):
        follow(app, follower, mina)
    cursor = api.get("/notifications?limit=1", mina)["next_cursor"]
    api.get(f"/notifications?limit=1&unread_only=true&cursor={cursor}", mina, status=400)


def test_the_list_is_one_statement_whatever_its_length(app: App, api: Api, mina: Person) -> None:
    followers = [make_person(app, f"member{number}") for number in range(10)]
    follow(app, followers[0], mina)
    api.get("/notifications", mina)  # from here on the session is cached
    with sent(app) as for_one:
        assert len(api.get("/notifications", mina)["items"]) == 1
    for follower in followers[1:]:
        follow(app, follower, mina)
    api.get("/notifications/unread-count", mina)  # so it is again, however long that took
    with sent(app) as for_ten:
        assert len(api.get("/notifications", mina)["items"]) == 10
    assert len(for_one) == len(for_ten) == 1


def test_one_event_tells_a_member_once(app: App, api: Api, mina: Person, joon: Person) -> None:
    event = MemberFollowed(follower_id=joon.id, followed_id=mina.id)
    happened = Happened(id=new_id(), occurred_at=Clock().now(), event=event)
    for _ in range(2):
        with app.work() as services:
            services[NotificationService].tell(
                mina.id, "member_followed", about=happened, target=Ref("member", joon.id)
            )
    assert told(api, mina) == [("member_followed", "joon")]


def test_an_undeclared_type_is_a_mistake(app: App, mina: Person, joon: Person) -> None:
    event = MemberFollowed(follower_id=joon.id, followed_id=mina.id)
    happened = Happened(id=new_id(), occurred_at=Clock().now(), event=event)
    with pytest.raises(ValueError, match="unheard_of"), app.work() as services:
        services[NotificationService].tell(
            mina.id, "unheard_of", about=happened, target=Ref("member", joon.id)
        )


def test_notifications_need_a_login(api: Api) -> None:
    api.get("/notifications", status=401)
    api.get("/notifications/unread-count", status=401)
    api.put("/notifications/read-all", status=401)
    api.put(f"/notifications/{uuid4()}/read", status=401)


def test_the_safety_of_an_account_is_news_in_its_own_words(app: App, api: Api, mina: Person) -> None:
    with app.work() as services:
        for kind in (SecurityKind.LOGGED_IN, SecurityKind.PASSWORD_CHANGED):  # the first happens all the time
            services[SecurityLog].note(mina.id, kind)
    [item] = api.get("/notifications?filter=system", mina, headers=ENGLISH)["items"]
    assert (item["type"], item["title"]) == ("security", "Your Plaza password was changed")
    assert (item["actor"], item["action_url"]) == (None, "/settings/security")


def test_nobody_is_told_of_words_that_they_do_not_want_to_read(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    api.put("/settings/blocked-keywords", mina, json={"keywords": ["spoiler"]})
    for who, body in ((joon, "a spoiler for @sora"), (sora, "a spoilerless answer")):
        api.post(f"/posts/{post_id}/comments", {"body": body}, who)
    assert told(api, mina) == [("content_commented", "sora")]
    assert told(api, sora) == [("mentioned", "joon")]
