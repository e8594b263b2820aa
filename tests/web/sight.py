"""A small world for asking every read route whether it shows what is out of a reader's sight.

Mina reads. Joon is her friend, Hana asks for her friendship and to follow her, Yuna is a friend of a friend.
These three can get out of sight. Sora stays, and shows what is theirs wherever she can.
"""

import base64
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from tests.factories import Person, befriend, make_person, make_post, make_reel, make_room, make_story
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
    said = {"client_id": str(uuid4()), "body": "chatting"}
    message = api.post(f"/conversations/{chat}/messages", said, joon)["id"]
    answer = {"client_id": str(uuid4()), "body": "chatting, too", "reply_to_id": message}
    api.post(f"/conversations/{chat}/messages", answer, mina)
    secret = _sealed(api, joon, mina)
    api.post("/friends/requests", {"user_id": str(mina.id)}, hana)
    room, mine_room = make_room(app, joon), make_room(app, mina)
    for door in (room, mine_room):
        for guest in (mina, joon, sora):
            api.post(f"/rooms/{door}/join", None, guest, status=200)
    sora_room = make_room(app, sora)
    for guest in (mina, joon):
        api.post(f"/rooms/{sora_room}/join", None, guest, status=200)
    api.post(f"/rooms/{sora_room}/messages", {"client_id": str(uuid4()), "body": "said in a room"}, joon)
    api.post(f"/rooms/{mine_room}/ban", {"user_id": str(hana.id)}, mina, status=204)
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
            "room": room,
            "mine_room": mine_room,
            "sora_room": sora_room,
            "partnership": UUID(partnership),
            "secret": secret,
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


def _sealed(api: Api, sender: Person, recipient: Person) -> UUID:
    """A sealed message between two who have exchanged keys; its id."""
    keys = [base64.b64encode(bytes([first, *bytes(31)])).decode() for first in (9, 5)]
    for who, key in zip((sender, recipient), keys, strict=True):
        api.call("PUT", "/keys/me", who, {"device_id": str(uuid4()), "public_key": key}, status=200)
    new = {"recipient_id": str(recipient.id), "public_key": keys[0]}
    asked = api.post("/key-exchanges", new, sender)["id"]
    api.call("PUT", f"/key-exchanges/{asked}", recipient, {"public_key": keys[1]}, status=200)
    nonce, ciphertext = (base64.b64encode(bytes(size)).decode() for size in (24, 160))
    message = {
        "client_id": str(uuid4()),
        "recipient_id": str(recipient.id),
        "sender_public_key": keys[0],
        "copies": [{"public_key": keys[1], "nonce": nonce, "ciphertext": ciphertext}],
    }
    return UUID(api.post("/secret-messages", message, sender)["id"])


def found(text: str, place: Place, kinds: Any) -> set[str]:
    """Of what kinds there are marks in an answer."""
    return {kind for kind in kinds if any(mark in text for mark in place.marks[kind])}
