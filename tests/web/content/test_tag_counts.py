"""How many public posts have a tag."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_person, make_post
from tests.web.conftest import Api
from tests.web.together import together
from web.content.models import Content, ContentTag, Hashtag
from web.content.policy import counts_publicly
from web.content.schemas import NewPost, PostChange
from web.content.service import ContentService
from web.core.app import App


def uses(app: App) -> dict[str, int]:
    """Tags that somebody uses, by the counts; they have to be what the rows say."""
    with app.reading() as services:
        session = services[Session]
        counted = session.execute(sa.select(Hashtag.tag, Hashtag.use_count)).all()
        rows = session.execute(
            sa.select(ContentTag.tag, sa.func.count())
            .join(Content, Content.id == ContentTag.content_id)
            .where(counts_publicly())
            .group_by(ContentTag.tag)
        ).all()
    counts = {tag: count for tag, count in counted if count}
    assert counts == dict(tuple(row) for row in rows)
    return counts


def edit(api: Api, post_id: UUID, who: Person, **change: str) -> None:
    api.call("PATCH", f"/posts/{post_id}", who, change, status=200)


def test_a_tag_counts_each_public_post_once(app: App, mina: Person, joon: Person) -> None:
    make_post(app, mina, "#한국어 #Korean #korean")
    make_post(app, joon, "＃korean again")
    for visibility in ("followers", "friends", "private"):
        make_post(app, mina, "#korean #secret", visibility=visibility)
    assert uses(app) == {"한국어": 1, "korean": 2}


def test_counts_follow_what_becomes_of_a_post(app: App, api: Api, mina: Person) -> None:
    post_id = make_post(app, mina, "#one #two")
    edit(api, post_id, mina, body="#two #three")
    assert uses(app) == {"two": 1, "three": 1}
    edit(api, post_id, mina, visibility="private", body="#three #four")
    assert uses(app) == {}
    edit(api, post_id, mina, visibility="public")
    assert uses(app) == {"three": 1, "four": 1}
    api.post(f"/posts/{post_id}/archive", who=mina, status=200)
    assert uses(app) == {}
    edit(api, post_id, mina, body="#five")
    assert uses(app) == {}
    api.delete(f"/posts/{post_id}/archive", mina, status=200)
    assert uses(app) == {"five": 1}
    api.delete(f"/posts/{post_id}", mina)
    assert uses(app) == {}


def test_words_of_a_share_have_tags(app: App, api: Api, mina: Person, joon: Person) -> None:
    share = api.post(f"/posts/{make_post(app, mina)}/share", {"body": "#found"}, joon)
    assert uses(app) == {"found": 1}
    api.delete(f"/posts/{share['id']}", joon)
    assert uses(app) == {}


def test_a_tag_knows_when_it_was_last_used(app: App, api: Api, mina: Person) -> None:
    older, newer = make_post(app, mina, "#tag #old"), make_post(app, mina, "#tag")
    with app.work() as services:
        session = services[Session]
        moment = session.scalar(sa.select(Content.created_at).where(Content.id == newer))
        session.execute(
            sa.update(Content).where(Content.id == older).values(created_at=Content.created_at - timedelta(9))
        )
    edit(api, older, mina, body="#tag #new")
    with app.reading() as services:
        assert services[Session].scalar(sa.select(Hashtag.last_used_at).where(Hashtag.tag == "tag")) == moment


def test_counts_are_exact_when_many_write_the_same_tags_at_once(app: App) -> None:
    people = [make_person(app, f"person{number}") for number in range(6)]
    tags = [f"#t{number}" for number in range(8)]

    def write(place: int) -> None:
        who, words = people[place], tags[place:] + tags[:place]  # everybody in another order
        for number in range(4):
            with app.work() as services:
                post_id = services[ContentService].post(who.id, NewPost(body=" ".join(words[:6])))
            change = PostChange.model_validate({"body": " ".join(reversed(words[3:]))})
            with app.work() as services:
                services[ContentService].edit(who.id, post_id, change)
            if number % 2:
                with app.work() as services:
                    services[ContentService].delete(who.id, post_id)

    together([lambda place=place: write(place) for place in range(len(people))])
    assert sum(uses(app).values()) == 6 * 2 * 5


@pytest.mark.parametrize("keeps_content", [True, False])
def test_what_an_erased_member_used_is_no_longer_counted(
    app: App, api: Api, mina: Person, joon: Person, keeps_content: bool
) -> None:
    kept = make_post(app, mina, "#kept")
    archived = make_post(app, mina, "#archived")
    api.post(f"/posts/{archived}/archive", who=mina, status=200)
    original = make_post(app, joon, "#other")
    api.post(f"/posts/{original}/share", {"body": "#words", "visibility": "followers"}, mina)
    with app.work() as services:
        for eraser in app.personal_data.erasers:
            if eraser.feature == "content":
                eraser.erase(services, mina.id, keeps_content)
    assert uses(app) == ({"kept": 1, "other": 1} if keeps_content else {"other": 1})
    assert api.get(f"/posts/{original}")["share_count"] == 0
    with app.reading() as services:
        left = services[Session].scalars(sa.select(Content.id).where(Content.author_id == mina.id)).all()
    assert left == ([kept] if keeps_content else [])
