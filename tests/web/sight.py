"""A small world for asking every read route whether it shows what is out of a reader's sight.

Mina reads. Joon is her friend, Hana asks for her friendship and to follow her, Yuna is a friend of a friend.
These three can get out of sight. Sora stays, and shows what is theirs wherever she can.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from tests.factories import Person, befriend, make_person, make_post, make_reel, make_story
from tests.web.conftest import Api
from tests.web.vanishing import set_columns
from web.core.app import App
from web.core.job_runner import JobRunner
from web.feeds.trending import TrendingService
from web.graph.service import GraphService

WORDS = {"post": "postmark", "reel": "reelmark", "comment": "commentmark"}


@dataclass(frozen=True)
class Place:
    """Who and what is there.

    Attributes:
        ids: what stands in the addresses of routes.
        marks: what gives somebody or something away in an answer, by what it is.
    """

    mina: Person
    sora: Person
    hidden: tuple[Person, ...]
    ids: dict[str, UUID]
    marks: dict[str, tuple[str, ...]]


def make_place(app: App, api: Api, engine: sa.Engine) -> Place:
    """Everybody, and something of each kind that can be read."""
    mina, sora = make_person(app, "mina"), make_person(app, "sora")
    joon, hana, yuna = hidden = tuple(
        make_person(app, f"{name}mark", nickname=f"{name} mark") for name in ("joon", "hana", "yuna")
    )
    api.call("PATCH", "/users/me", joon, {"bio": "biomark"}, status=200)
    for one, other in ((mina, joon), (mina, sora), (sora, joon), (sora, yuna)):
        befriend(app, one, other)
    mine = make_post(app, mina, "mine")
    post = make_post(app, joon, f"{WORDS['post']} #tagged")
    reel = make_reel(app, joon, body=WORDS["reel"])
    story = make_story(app, joon)
    mine_story = make_story(app, mina)
    strangers = make_post(app, yuna, "strangermark")
    thread = api.post(f"/posts/{mine}/comments", {"body": "Sora begins"}, sora)["id"]
    for new in ({"body": WORDS["comment"]}, {"body": WORDS["comment"], "parent_id": thread}):
        api.post(f"/posts/{mine}/comments", new, joon)
    api.put(f"/posts/{mine}/like", joon)
    api.post(f"/posts/{post}/comments", {"body": "Sora answers"}, sora)
    share = api.post(f"/posts/{post}/share", None, sora)["id"]
    for liker in (mina, sora):
        api.put(f"/posts/{post}/like", liker)
        api.put(f"/posts/{strangers}/like", liker)
    api.put(f"/posts/{post}/save", mina)
    api.post(f"/stories/{mine_story}/view", None, joon, status=204)
    partnership = api.post("/accountability", {"partner_id": str(mina.id)}, joon)["id"]
    api.call("PATCH", f"/accountability/{partnership}", mina, {"status": "active"}, status=200)
    api.post(f"/accountability/{partnership}/check-ins", {"note": "checkmark"}, joon)
    chat = api.post("/conversations", {"member_id": str(mina.id)}, joon)["id"]
    api.post("/friends/requests", {"user_id": str(mina.id)}, hana)
    set_columns(engine, mina, profile_visibility="friends")
    with app.work() as services:
        services[GraphService].follow(hana.id, mina.id)
    JobRunner(app, "default").run_due()
    with app.work() as services:
        services[TrendingService].rebuild()
    people = tuple(mark for who in hidden for mark in (str(who.id), who.username, f"{who.username[:4]} mark"))
    return Place(
        mina,
        sora,
        hidden,
        {
            "joon": joon.id,
            "sora": sora.id,
            "mina": mina.id,
            "mine": mine,
            "post": post,
            "share": UUID(share),
            "reel": reel,
            "story": story,
            "mine_story": mine_story,
            "thread": UUID(thread),
            "chat": UUID(chat),
            "partnership": UUID(partnership),
        },
        {
            "people": people,
            "profile": ("biomark",),
            "post": (str(post), WORDS["post"]),
            "reel": (str(reel), WORDS["reel"]),
            "story": (str(story),),
            "strangers": (str(strangers), "strangermark"),
            "comment": (WORDS["comment"],),
        },
    )


def found(text: str, place: Place, kinds: Any) -> set[str]:
    """Of what kinds there are marks in an answer."""
    return {kind for kind in kinds if any(mark in text for mark in place.marks[kind])}
