"""Stories: who gets them, in which order, who saw them, and when they are gone."""

import io
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipelines.schedule import SCHEDULE
from tests.factories import Person, make_medium, make_person, make_post, make_story
from tests.web.conftest import Api
from tests.web.together import together
from tests.web.vanishing import set_columns
from web.content.events import ContentDeleted, StoryLiked, StoryPosted, StoryUnliked
from web.content.models import Content, ContentTag, Hashtag, StoryFacts
from web.content.reactions import View
from web.content.stories import jobs
from web.content.stories.service import StoryService
from web.core.app import App
from web.core.events import Event
from web.core.ids import new_id
from web.core.jobs import JobLog
from web.core.storage import NoSuchFile, Storage
from web.graph.models import Friendship, Mute
from web.media.files import variant_key
from web.media.models import Medium
from web.moderation.models import Flag

Emitted = Callable[..., list[Event]]


def let_it_be(engine: sa.Engine, story_id: UUID, age: timedelta) -> None:
    """Make a story as old as this."""
    values = {"created_at": sa.func.now() - age, "expires_at": sa.func.now() - age + timedelta(hours=24)}
    with engine.begin() as connection:
        connection.execute(sa.update(Content).where(Content.id == story_id).values(values))


def tray(api: Api, who: Person) -> list[tuple[str, bool, list[str]]]:
    """Whose stories a member gets, whether there is something new, and which."""
    return [
        (group["author"]["username"], group["has_unviewed"], [story["id"] for story in group["stories"]])
        for group in api.get("/stories", who)["items"]
    ]


def befriend(app: App, one: Person, other: Person) -> None:
    """Make two members friends."""
    with app.work() as services:
        services[Session].execute(
            sa.insert(Friendship),
            [
                {"member_id": person.id, "friend_id": friend.id, "created_at": app.clock.now()}
                for person, friend in ((one, other), (other, one))
            ],
        )


def test_a_picture_becomes_a_story_for_a_day(app: App, api: Api, mina: Person, emitted: Emitted) -> None:
    media_id = make_medium(app, mina, "story")
    new = {"media_id": str(media_id), "body": "at the sea", "alt_text": "waves"}
    story = api.post("/stories", new, mina)
    assert story["author"]["username"] == "mina"
    assert (story["body"], story["visibility"], story["duration_ms"]) == ("at the sea", "followers", 5000)
    assert (story["medium"]["id"], story["medium"]["alt_text"]) == (str(media_id), "waves")
    assert "signature=" in story["medium"]["variants"]["large"]["url"]
    assert (story["view_count"], story["like_count"], story["viewed_by_me"]) == (0, 0, False)
    assert api.get(f"/stories/{story['id']}", mina) == story
    [posted] = emitted()
    assert posted == StoryPosted(author_id=mina.id, content_id=UUID(story["id"]), visibility="followers")


def test_a_story_lasts_24_hours(app: App, mina: Person, owner_engine: sa.Engine) -> None:
    story_id = make_story(app, mina)
    with owner_engine.connect() as connection:
        story = connection.execute(sa.select(Content).where(Content.id == story_id)).one()
    assert story.expires_at - story.created_at == timedelta(hours=24)


def test_a_video_takes_as_long_as_it_is_and_no_longer_than_60_seconds(
    app: App, api: Api, mina: Person
) -> None:
    for length, status in ((12_345, 201), (60_000, 201), (60_001, 422)):
        media_id = make_medium(app, mina, "story", "video", duration_ms=length)
        response = api.call("POST", "/stories", mina, {"media_id": str(media_id)}, status=status)
        if status == 201:
            assert response.json["duration_ms"] == length
        else:
            error = response.json["error"]
            assert (error["code"], error["details"]) == ("MEDIUM_DOES_NOT_FIT", {"reason": "too_long"})


def test_a_refused_story_leaves_its_medium_free(app: App, api: Api, mina: Person) -> None:
    media_id = make_medium(app, mina, "story", "video", duration_ms=61_000)
    api.post("/stories", {"media_id": str(media_id)}, mina, status=422)
    with app.reading() as services:
        assert services[Session].scalar(sa.select(Medium.attached_at)) is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": "processing"}, "MEDIA_NOT_READY"),
        ({"status": "failed"}, "MEDIA_NOT_READY"),
        ({"purpose": "post"}, "NOT_FOUND"),
    ],
)
def test_only_an_upload_for_a_story_that_is_ready_is_taken(
    app: App, api: Api, mina: Person, values: dict[str, Any], code: str
) -> None:
    media_id = make_medium(app, mina, **{"purpose": "story", **values})
    response = api.call("POST", "/stories", mina, {"media_id": str(media_id)})
    assert response.json["error"]["code"] == code


def test_an_upload_is_ones_own_and_shown_once(app: App, api: Api, mina: Person, joon: Person) -> None:
    media_id = make_medium(app, mina, "story")
    api.post("/stories", {"media_id": str(media_id)}, joon, status=404)
    api.post("/stories", {"media_id": str(media_id)}, mina)
    assert api.post("/stories", {"media_id": str(media_id)}, mina, status=409)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"media_id": "no id"},
        {"duration_ms": 999},
        {"duration_ms": 15_001},
        {"visibility": "world"},
        {"body": "x" * 501},
        {"who": "me"},
    ],
)
def test_what_is_no_story_is_refused(app: App, api: Api, mina: Person, body: dict[str, Any]) -> None:
    media_id = str(make_medium(app, mina, "story"))
    sent = {"media_id": media_id, **body} if body else {}
    assert api.post("/stories", sent, mina, status=422)["error"]["code"] == "VALIDATION_FAILED"


def test_the_tray_has_ones_own_the_followed_and_friends(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    dan = make_person(app, "dan")
    make_story(app, dan, visibility="public")  # neither followed nor a friend
    api.put(f"/users/{joon.id}/follow", mina)
    befriend(app, mina, sora)
    expected = {person.username: [str(make_story(app, person))] for person in (mina, joon, sora)}
    assert {author: stories for author, _, stories in tray(api, mina)} == expected
    assert {author for author, *_ in tray(api, joon)} == {"joon"}


def test_own_stories_come_first_then_the_unseen_each_with_the_newest_first(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, owner_engine: sa.Engine
) -> None:
    dan = make_person(app, "dan")
    people = (mina, joon, sora, dan)
    stories = {}
    for hours, person in enumerate(people):
        if person is not mina:
            api.put(f"/users/{person.id}/follow", mina)
        stories[person.username] = make_story(app, person)
        let_it_be(owner_engine, stories[person.username], timedelta(hours=10 - hours))
    assert [author for author, *_ in tray(api, mina)] == ["mina", "dan", "sora", "joon"]
    api.post(f"/stories/{stories['dan']}/view", who=mina, status=204)
    assert [(author, new) for author, new, _ in tray(api, mina)] == [
        ("mina", False),
        ("sora", True),
        ("joon", True),
        ("dan", False),
    ]
    second = make_story(app, dan)
    assert tray(api, mina)[1] == ("dan", True, [str(stories["dan"]), str(second)])
    assert [group["author"]["username"] for group in api.every_page("/stories", mina, limit=1)] == [
        "mina",
        "dan",
        "sora",
        "joon",
    ]


def test_the_tray_costs_two_statements(
    app: App, api: Api, mina: Person, joon: Person, sora: Person, statements: Callable[[], list[str]]
) -> None:
    for person in (joon, sora):
        api.put(f"/users/{person.id}/follow", mina)
        make_story(app, person)
        make_story(app, person)
    before = len(statements())
    assert len(tray(api, mina)) == 2
    sent = [statement for statement in statements()[before:] if "FROM content" in statement]
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        ("public", {"follower", "friend", "stranger"}),
        ("followers", {"follower", "friend"}),
        ("friends", {"friend"}),
        ("private", set()),
    ],
)
def test_a_story_is_for_whom_its_author_chose(
    app: App, api: Api, mina: Person, visibility: str, readers: set[str]
) -> None:
    people = {name: make_person(app, name) for name in ("follower", "friend", "stranger")}
    api.put(f"/users/{mina.id}/follow", people["follower"])
    befriend(app, mina, people["friend"])
    story_id = make_story(app, mina, visibility=visibility)
    actions = (("GET", ""), ("POST", "/view"), ("PUT", "/like"), ("DELETE", "/like"))
    for name, person in people.items():
        for method, what in actions:
            status = api.call(method, f"/stories/{story_id}{what}", person).status_int
            assert (status in (200, 204)) == (name in readers), (name, method, what)
            assert status in (200, 204, 404)
    got = {name for name, person in people.items() if tray(api, person)}
    assert got == readers - {"stranger"}


def test_stories_need_a_login(app: App, api: Api, mina: Person) -> None:
    story_id = make_story(app, mina, visibility="public")
    api.get("/stories", status=401)
    api.get(f"/stories/{story_id}", status=401)


def test_a_muted_members_stories_are_not_in_the_tray_but_may_be_opened(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    story_id = make_story(app, joon)
    with owner_engine.begin() as connection:
        connection.execute(
            sa.insert(Mute), {"muter_id": mina.id, "muted_id": joon.id, "created_at": app.clock.now()}
        )
    assert tray(api, mina) == []
    api.get(f"/stories/{story_id}", mina)


def test_a_block_takes_stories_away(app: App, api: Api, mina: Person, joon: Person) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    story_id = make_story(app, joon, visibility="public")
    api.put(f"/users/{mina.id}/block", joon)
    assert tray(api, mina) == []
    api.get(f"/stories/{story_id}", mina, status=404)


def test_a_story_with_an_unwanted_word_is_left_out_of_the_tray(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    api.put(f"/users/{joon.id}/follow", mina)
    spoiler = make_story(app, joon, body="the spoiler of it all")
    api.call("PUT", "/settings/blocked-keywords", mina, {"keywords": ["spoiler"]}, status=200)
    assert tray(api, mina) == []
    shown = make_story(app, joon, body="a cat")
    assert tray(api, mina) == [("joon", True, [str(shown)])]
    api.get(f"/stories/{spoiler}", mina)


def test_what_is_over_is_there_for_nobody(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    story_id = make_story(app, mina)
    let_it_be(owner_engine, story_id, timedelta(hours=24, seconds=1))
    message = {"client_id": str(uuid4()), "body": "hi"}
    for person in (mina, joon):
        assert tray(api, person) == []
        for method, what, body in (
            ("GET", "", None),
            ("GET", "/viewers", None),
            ("POST", "/view", None),
            ("PUT", "/like", None),
            ("POST", "/reply", message),
            ("DELETE", "", None),
        ):
            assert api.call(method, f"/stories/{story_id}{what}", person, body).status_int == 404


def test_a_story_is_no_post(app: App, api: Api, mina: Person, joon: Person) -> None:
    story_id = make_story(app, mina, visibility="public")
    comment = {"body": "hi"}
    for who in (mina, joon):
        for method, what, body in (
            ("GET", "", None),
            ("DELETE", "", None),
            ("PUT", "/like", None),
            ("PUT", "/save", None),
            ("GET", "/comments", None),
            ("POST", "/comments", comment),
        ):
            assert api.call(method, f"/posts/{story_id}{what}", who, body).status_int == 404, (method, what)
    assert api.get(f"/posts?ids={story_id}", mina)["items"] == []
    for path in (f"/users/{mina.id}/posts", "/feed/following"):
        assert api.get(path, mina)["items"] == []
    assert api.get("/reels", mina)["items"] == []


def test_a_post_is_no_story(app: App, api: Api, mina: Person) -> None:
    post_id = make_post(app, mina)
    for method, what in (("GET", ""), ("GET", "/viewers"), ("PUT", "/like"), ("DELETE", "")):
        assert api.call(method, f"/stories/{post_id}{what}", mina).status_int == 404


def test_the_author_reads_who_saw_it_the_latest_first(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    story_id = make_story(app, mina, visibility="public")
    for person in (joon, sora, joon, mina):
        api.post(f"/stories/{story_id}/view", who=person, status=204)
    api.put(f"/stories/{story_id}/like", joon)
    viewers = api.every_page(f"/stories/{story_id}/viewers", mina, limit=1)
    assert [(viewer["user"]["username"], viewer["liked"]) for viewer in viewers] == [
        ("sora", False),
        ("joon", True),
    ]
    story = api.get(f"/stories/{story_id}", mina)
    assert (story["view_count"], story["like_count"]) == (2, 1)
    api.get(f"/stories/{story_id}/viewers", joon, status=403)


def test_others_are_not_told_how_many_saw_it(app: App, api: Api, mina: Person, joon: Person) -> None:
    story_id = make_story(app, mina, visibility="public")
    api.post(f"/stories/{story_id}/view", who=joon, status=204)
    story = api.get(f"/stories/{story_id}", joon)
    assert (story["view_count"], story["like_count"], story["viewed_by_me"]) == (None, None, True)


def test_a_viewer_is_in_the_list_once_though_the_day_changes(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    story_id = make_story(app, mina, visibility="public")
    let_it_be(owner_engine, story_id, timedelta(hours=23))
    yesterday = app.clock.now() - timedelta(hours=23)
    with owner_engine.begin() as connection:
        day = connection.scalars(sa.select(Content.created_at).where(Content.id == story_id)).one().date()
        view = {"content_id": story_id, "viewer_id": joon.id, "day": day, "viewed_at": yesterday}
        connection.execute(sa.insert(View), view)
    api.post(f"/stories/{story_id}/view", who=joon, status=204)
    assert len(api.get(f"/stories/{story_id}/viewers", mina)["items"]) == 1


def test_a_viewer_who_blocks_the_author_is_out_of_the_list(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    story_id = make_story(app, mina, visibility="public")
    api.post(f"/stories/{story_id}/view", who=joon, status=204)
    api.put(f"/users/{mina.id}/block", joon)
    assert api.get(f"/stories/{story_id}/viewers", mina)["items"] == []


def test_views_at_once_are_all_counted_and_each_viewer_once(
    app: App, mina: Person, owner_engine: sa.Engine
) -> None:
    story_id = make_story(app, mina, visibility="public")
    people = [make_person(app, f"member{number}") for number in range(4)]

    def view(person: Person) -> None:
        with app.work() as services:
            services[StoryService].view(person.id, story_id)

    together([partial(view, person) for person in people * 2])
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(Content.view_count)) == 4
        assert connection.scalar(sa.select(sa.func.count()).select_from(View)) == 4


def test_liking_and_unliking_twice_is_once(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    story_id = make_story(app, mina, visibility="public")
    like = f"/stories/{story_id}/like"
    for _ in range(2):
        assert api.put(like, joon) == {"story_id": str(story_id), "liked": True}
    assert api.get(f"/stories/{story_id}", joon)["liked_by_me"]
    for _ in range(2):
        assert api.delete(like, joon, status=200) == {"story_id": str(story_id), "liked": False}
    about = {"member_id": joon.id, "content_id": story_id, "author_id": mina.id}
    assert emitted()[1:] == [StoryLiked(**about), StoryUnliked(**about)]
    assert api.get(f"/stories/{story_id}", mina)["like_count"] == 0


def test_the_author_is_told_of_a_like(app: App, api: Api, mina: Person, joon: Person) -> None:
    story_id = make_story(app, mina, visibility="public")
    api.put(f"/stories/{story_id}/like", joon)
    api.put(f"/stories/{story_id}/like", mina)
    [notification] = api.get("/notifications", mina)["items"]
    assert notification["type"] == "story_liked"
    assert notification["action_url"] == f"/stories/{story_id}"


def test_an_answer_arrives_as_a_direct_message(app: App, api: Api, mina: Person, joon: Person) -> None:
    story_id = make_story(app, mina, visibility="public")
    answer = {"client_id": str(uuid4()), "body": "where is that?"}
    message = api.post(f"/stories/{story_id}/reply", answer, joon)
    assert api.post(f"/stories/{story_id}/reply", answer, joon) == message
    [chat] = api.get("/conversations", mina)["items"]
    assert (chat["id"], chat["partner"]["username"]) == (message["conversation_id"], "joon")
    [received] = api.get(f"/conversations/{chat['id']}/messages", mina)["items"]
    assert received["body"] == "where is that?"
    assert received["about"] == {"kind": "content", "id": str(story_id)}


def test_an_answer_needs_what_a_message_needs(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine
) -> None:
    story_id = make_story(app, mina, visibility="public")
    answer = {"client_id": str(uuid4()), "body": "hi"}
    own = api.post(f"/stories/{story_id}/reply", answer, mina, status=422)
    assert own["error"]["code"] == "SELF_CONVERSATION"
    set_columns(owner_engine, mina, who_can_send_messages="friends_only")
    sent = api.post(f"/stories/{story_id}/reply", answer, joon)
    assert api.get("/conversations", mina)["items"] == []
    [asking] = api.get("/conversations?folder=requests", mina)["items"]
    assert asking["id"] == sent["conversation_id"]


def test_the_author_takes_a_story_back(
    app: App, api: Api, mina: Person, joon: Person, emitted: Emitted
) -> None:
    story_id = make_story(app, mina, visibility="public")
    api.delete(f"/stories/{story_id}", joon, status=403)
    api.delete(f"/stories/{story_id}", mina)
    api.delete(f"/stories/{story_id}", mina, status=404)
    api.get(f"/stories/{story_id}", mina, status=404)
    assert tray(api, mina) == []
    assert emitted()[1:] == [ContentDeleted(author_id=mina.id, content_id=story_id)]


def count(engine: sa.Engine, table: type[Any]) -> int:
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def clear_away(app: App, run_jobs: Callable[[], int]) -> None:
    """Do what the schedule wants every quarter of an hour."""
    with app.work() as services:
        services[JobLog].add(jobs.REMOVE)
    while run_jobs():
        pass


def upload(app: App, owner: Person) -> UUID:
    """A picture of two days ago, with a file."""
    media_id = make_medium(app, owner, "story", created_at=app.clock.now() - timedelta(days=2))
    app.value(Storage).put(variant_key(media_id, "large", "webp"), io.BytesIO(b"a picture"))
    return media_id


def storage_has(app: App, media_id: UUID) -> bool:
    try:
        app.value(Storage).open(variant_key(media_id, "large", "webp")).close()
    except NoSuchFile:
        return False
    return True


def test_what_is_over_is_cleared_away_with_all_that_was_done_with_it(
    app: App, api: Api, mina: Person, joon: Person, owner_engine: sa.Engine, run_jobs: Callable[[], int]
) -> None:
    media = [upload(app, mina) for _ in range(3)]
    over, deleted, shown = (make_story(app, mina, medium, visibility="public") for medium in media)
    for story_id in (over, shown):
        api.post(f"/stories/{story_id}/view", who=joon, status=204)
        api.put(f"/stories/{story_id}/like", joon)
    api.delete(f"/stories/{deleted}", mina)
    for story_id in (over, deleted):
        let_it_be(owner_engine, story_id, timedelta(hours=25))
    clear_away(app, run_jobs)
    with owner_engine.connect() as connection:
        assert connection.scalars(sa.select(Content.id)).all() == [shown]
        assert connection.scalars(sa.select(Medium.id)).all() == [media[-1]]
    for medium in media:
        kept = storage_has(app, medium)
        assert kept == (medium == media[-1])
    assert (count(owner_engine, View), count(owner_engine, StoryFacts)) == (1, 1)
    clear_away(app, run_jobs)
    assert count(owner_engine, Content) == 1


def test_clearing_away_goes_on_until_nothing_is_left(
    app: App,
    mina: Person,
    owner_engine: sa.Engine,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("web.content.stories.jobs.REMOVED_AT_ONCE", 1)
    for _ in range(3):
        let_it_be(owner_engine, make_story(app, mina), timedelta(hours=25))
    clear_away(app, run_jobs)
    assert count(owner_engine, Content) == 0


def test_what_moderators_have_to_look_at_waits_for_them(
    app: App, mina: Person, owner_engine: sa.Engine, run_jobs: Callable[[], int]
) -> None:
    story_id = make_story(app, mina)
    let_it_be(owner_engine, story_id, timedelta(hours=25))
    flag = {
        "id": new_id(),
        "author_id": mina.id,
        "subject_kind": "content",
        "subject_id": story_id,
        "reason": "words",
        "created_at": app.clock.now(),
    }
    with owner_engine.begin() as connection:
        connection.execute(sa.insert(Flag), flag)
    clear_away(app, run_jobs)
    assert count(owner_engine, Content) == 1
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Flag).values(handled_at=app.clock.now()))
    clear_away(app, run_jobs)
    assert count(owner_engine, Content) == 0


def test_a_post_is_never_cleared_away(
    app: App, mina: Person, owner_engine: sa.Engine, run_jobs: Callable[[], int]
) -> None:
    make_post(app, mina)
    clear_away(app, run_jobs)
    assert count(owner_engine, Content) == 1


def test_the_schedule_wants_it_every_quarter_of_an_hour(app: App) -> None:
    [entry] = [entry for entry in SCHEDULE.values() if entry.get("args") == [jobs.REMOVE]]
    assert entry["schedule"].minute == {0, 15, 30, 45}
    assert jobs.REMOVE in app.jobs.kinds("default")


def test_a_caption_names_members_and_tells_those_who_see_the_story(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    api.put(f"/users/{mina.id}/follow", joon)
    story_id = make_story(app, mina, body="with @joon and @sora at the #sea")
    seen = api.get(f"/stories/{story_id}", joon)
    assert {each["user_id"] for each in seen["mentions"]} == {str(joon.id), str(sora.id)}
    [[_, _, [in_tray]]] = tray(api, joon)
    assert in_tray == str(story_id)
    [told] = api.get("/notifications", joon)["items"]
    assert (told["type"], told["action_url"]) == ("mentioned_in_story", f"/stories/{story_id}")
    assert api.get("/notifications", sora)["items"] == []


def test_the_tags_of_a_caption_are_kept_and_count_as_no_use(
    app: App, api: Api, mina: Person, owner_engine: sa.Engine
) -> None:
    story_id = make_story(app, mina, body="at the #sea", visibility="public")
    with owner_engine.connect() as connection:
        tags = connection.scalars(sa.select(ContentTag.tag).where(ContentTag.content_id == story_id)).all()
        uses = connection.scalars(sa.select(Hashtag.use_count).where(Hashtag.tag == "sea")).all()
    assert (tags, uses) == (["sea"], [0])
    assert api.get("/hashtags/sea", mina)["items"] == []
    assert api.get("/search?q=sea&type=hashtags", mina)["hashtags"]["items"] == []
