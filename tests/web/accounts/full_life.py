"""A member who has done everything that Plaza has, among others who must not notice when they are gone."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from tests.factories import Person, make_medium, make_person, make_post, make_room, make_story
from tests.web.conftest import Api
from web.accounts import models
from web.accounts.sessions.security_log import SecurityKind, SecurityLog
from web.accounts.sessions.service import SessionService
from web.content.comments import CommentService
from web.content.models import Attachment
from web.content.reacting import ReactionService
from web.content.reactions import Watch
from web.content.schemas import NewComment, PostChange
from web.content.service import ContentService
from web.content.views import ViewCounter
from web.core.app import App
from web.core.devices import Device
from web.core.ids import new_id
from web.core.job_runner import JobRunner
from web.core.models import Job, Visit
from web.core.refs import Ref
from web.core.storage import Storage
from web.core.wording import Decision, TextCheck, Verdict
from web.feeds.models import Impression
from web.graph.friends.service import FriendService
from web.graph.models import Block, FollowRequest, FriendRequest, Mute
from web.graph.partners.schemas import NewCheckIn, NewPartnership, PartnershipChange
from web.graph.partners.service import PartnerService
from web.graph.service import GraphService
from web.keys.backups import KeyBackupService
from web.keys.devices import DeviceKeyService
from web.keys.exchanges import KeyExchangeService
from web.keys.messages import SecretMessageService
from web.keys.schemas import NewDeviceKey, NewKeyBackup, NewSecretMessage
from web.matching.reports import MatchReportService
from web.matching.schemas import NewMatchReport
from web.matching.service import MatchingService
from web.members.suggestions.service import SuggestionService
from web.messaging.changing import ChangingService
from web.messaging.groups import GroupService
from web.messaging.schemas import NewConversation, NewMessage
from web.messaging.service import MessagingService
from web.notifications.devices.schemas import NewDevice
from web.notifications.devices.service import DeviceService
from web.notifications.preferences import PreferenceService
from web.notifications.schemas import PreferencesChange
from web.rooms.doors import RoomDoors
from web.rooms.order import RoomOrder
from web.rooms.schemas import NewRoomMessage
from web.rooms.talk import RoomTalk

DEVICE = Device("Xylophone/7.1 (Zanzibar)", "203.0.113.77")
# What may be nowhere when the member is gone. Bodies are looked for apart, because some may stay.
TRACES = (
    "zelda.quux@example.com",
    "zelda@post.example",
    "zelda.former@example.com",
    "+821055501234",
    "ZeldaNick",
    "zelda_quux",
    "Zelda Maria Quux",
    "collects umbrellas",
    "Umbrella Lane",
    "umbrellology",
    "spiders-on-toast",
    "Zeldas telephone",
    "google-subject-4711",
    "Xylophone",
    "203.0.113.77",
    "argon2id",
    "knows too much",
    "#c0ffee",
    "Zeldas lockbox",
    "phone-of-Z",
    "iPhone of Z",
    "sealed by Z",
    "all keys of Z",
    "a parlour of Z",
    "a stranger to Z",
)


@dataclass(frozen=True)
class Life:
    """The member, the others, and what is there.

    Attributes:
        ids: posts and comments by what they are.
    """

    zelda: Person
    joon: Person
    sora: Person
    rival: Person
    conversation_id: UUID
    ids: dict[str, UUID]
    member_key: str
    file_key: str


def live(app: App, wsgi: Any) -> Life:
    """Everything."""
    zelda = make_person(app, "zelda_quux", nickname="ZeldaNick", zone="Asia/Tokyo", locale="ja")
    joon, sora, rival = (make_person(app, name) for name in ("joon", "sora", "rival"))
    _write_rows(app, zelda, rival)
    ids = _share(app, zelda, joon, sora)
    with app.work() as services:
        graph = services[GraphService]
        graph.follow(zelda.id, joon.id)
        graph.follow(joon.id, zelda.id)
        graph.follow(sora.id, zelda.id)
        graph.follow(sora.id, joon.id)
        partners = services[PartnerService]
        partnership_id = partners.invite(sora.id, NewPartnership(partner_id=zelda.id))
        partners.change(zelda.id, partnership_id, PartnershipChange(status="active"))
        partners.check_in(zelda.id, partnership_id, NewCheckIn(note="walked down Umbrella Lane"))
        services[SuggestionService].dismiss(zelda.id, joon.id)
        wishes = {"quiet_hours": {"start": "22:00", "end": "07:00"}, "types": {"message": {"push": False}}}
        services[PreferenceService].change(zelda.id, PreferencesChange.model_validate(wishes))
        phone = NewDevice(device_type="ios", token="ExponentPushToken[phone-of-Z]", device_id="iPhone of Z")
        services[DeviceService].register(zelda.id, zelda.session_id, phone)
        messaging = services[MessagingService]
        conversation_id = messaging.start_direct(zelda.id, joon.id)
        for sender, body in ((zelda, "a letter from Z"), (joon, "a letter from J")):
            letter = messaging.send(sender.id, conversation_id, NewMessage(client_id=uuid4(), body=body))
        for who in (zelda, joon):
            services[ChangingService].react(who.id, conversation_id, letter.id, "☂")
        club = NewConversation(type="group", name="a club of Z", member_ids=[joon.id, sora.id])
        group_id = services[GroupService].start(zelda.id, club)
        said = NewMessage(client_id=uuid4(), body="a word in the club")
        messaging.send(zelda.id, group_id, said)
    _seal(app, zelda, joon)
    _talk(app, zelda, joon, sora)
    _meet(app, zelda, joon)
    api = Api(wsgi)
    api.post("/posts", {"body": "posted once"}, zelda, headers={"Idempotency-Key": "zelda-1"})
    JobRunner(app, "relay").run_due()
    with app.reading() as services:
        session = services[DbSession]
        key = session.scalars(
            sa.select(models.MemberKey.member_key).where(models.MemberKey.member_id == zelda.id)
        ).one()
        file_key = session.scalars(
            sa.select(models.DataExport.storage_key).where(models.DataExport.account_id == zelda.id)
        ).one()
    return Life(zelda, joon, sora, rival, conversation_id, ids, str(key), str(file_key))


def _seal(app: App, zelda: Person, joon: Person) -> None:
    """A device, sealed messages and a backup; what is sealed here could be read, so as to be found."""
    mine, theirs = b"\x09" + b"\0" * 31, b"\x0a" + b"\0" * 31

    def message(to: Person, sender: bytes, receiver: bytes, text: bytes) -> NewSecretMessage:
        copies = [{"public_key": receiver, "nonce": b"n" * 24, "ciphertext": text}]
        new = {"client_id": uuid4(), "recipient_id": to.id, "sender_public_key": sender, "copies": copies}
        return NewSecretMessage.model_validate(new)

    with app.work() as services:
        devices, exchanges = services[DeviceKeyService], services[KeyExchangeService]
        for who, key, name in ((zelda, mine, "Zeldas lockbox"), (joon, theirs, "a lockbox of J")):
            new = NewDeviceKey(device_id=uuid4(), public_key=key, name=name)
            devices.put(who.id, who.session_id, new)
        exchanges.complete(joon.id, exchanges.initiate(zelda.id, joon.id, mine), theirs)
        messages = services[SecretMessageService]
        messages.send(zelda.id, message(joon, mine, theirs, b"this was sealed by Z"))
        messages.send(joon.id, message(zelda, theirs, mine, b"this was sealed by J"))
        backup = {"blob": b"all keys of Z, sealed", "kdf": {"name": "none"}}
        services[KeyBackupService].put(zelda.id, zelda.session_id, NewKeyBackup.model_validate(backup))


def _talk(app: App, zelda: Person, joon: Person, sora: Person) -> None:
    """A room of their own, one of somebody else where they talk, and one where they may not come in."""
    own, joons = make_room(app, zelda, name="a parlour of Z"), make_room(app, joon)
    closed = make_room(app, sora)
    with app.work() as services:
        services[RoomDoors].join(zelda.id, joons)
        services[RoomOrder].ban(sora.id, closed, zelda.id)
        for who, room in ((zelda, own), (zelda, joons), (joon, joons)):
            new = NewRoomMessage(client_id=uuid4(), body=f"said in a room by {who.username[0].upper()}")
            services[RoomTalk].say(who.id, room, new)


def _meet(app: App, zelda: Person, joon: Person) -> None:
    """A talk with a stranger, who is reported, and reports as well."""
    with app.work() as services:
        services[MatchingService].join(zelda.id)
        match = services[MatchingService].join(joon.id).match
        assert match is not None
        evidence = [{"seat": "b", "body": "a stranger to Z"}]
        for who in (zelda, joon):
            report = {"reason": "other", "note": "from a stranger to Z", "evidence": evidence}
            new = NewMatchReport.model_validate(report)
            services[MatchReportService].report(who.id, match.session_id, new)


def _share(app: App, zelda: Person, joon: Person, sora: Person) -> dict[str, UUID]:
    """Posts and threads: what may stay (public) and what goes in any case."""
    public = make_post(app, zelda, "umbrellas for all")
    followers = make_post(app, zelda, "umbrellas for friends", "followers")
    taken_back = make_post(app, zelda, "umbrellas no more")
    others = make_post(app, joon, "a post of J")
    picture = make_medium(app, zelda, status="processing")
    closed = make_post(app, joon, "a closed post of J", "followers")
    with app.work() as services:
        services[GraphService].follow(zelda.id, joon.id)
        services[GraphService].follow(sora.id, joon.id)
    with app.work() as services:
        comments, content = services[CommentService], services[ContentService]

        def say(who: Person, post: UUID, body: str, parent: UUID | None = None) -> UUID:
            return comments.comment(who.id, post, NewComment(body=body, parent_id=parent)).id

        services[ReactionService].like(zelda.id, others)
        services[ReactionService].like(sora.id, others)
        services[ReactionService].like(joon.id, public)
        content.delete(zelda.id, taken_back)
        change = {"body": "UMBRELLAS FOR FRIENDS #umbrellology @joon"}
        content.edit(zelda.id, followers, PostChange.model_validate(change))
        services[DbSession].execute(
            sa.insert(Attachment), {"content_id": followers, "position": 0, "media_id": picture}
        )
        on_public = say(joon, public, "said by J")
        say(zelda, public, "answered by Z", on_public)
        answered = say(zelda, others, "asked by Z")
        say(sora, others, "answered by S", answered)
        alone = say(zelda, others, "alone by Z")
        under = say(sora, others, "said by S")
        chain = say(zelda, others, "chain by Z", under)
        say(zelda, others, "end of chain by Z", chain)
        withdrawn = say(zelda, others, "withdrawn by Z")
        say(sora, others, "answered nobody", withdrawn)
        comments.delete(zelda.id, withdrawn)
        gone = say(zelda, others, "gone by Z")
        comments.delete(zelda.id, gone)
        # A place that only Z's answer holds: it goes with that.
        place = say(sora, others, "a place of S")
        say(zelda, others, "holds a place, by Z", place)
        comments.delete(sora.id, place)
        in_closed = say(zelda, closed, "closed words by Z")
        for who in (zelda, sora):
            services[ReactionService].like_comment(who.id, under)
            services[ReactionService].save(who.id, others)
            services[ViewCounter].note(who.id, [others], app.clock.now())
            services[TextCheck].flag(who.id, Ref("comment", under), Verdict(Decision.FLAG, "shouting"))
            services[DbSession].execute(
                sa.insert(Watch),
                {
                    "id": new_id(),
                    "content_id": others,
                    "member_id": who.id,
                    "watched_ms": 1,
                    "completed": False,
                    "watched_at": app.clock.now(),
                },
            )
            services[DbSession].execute(
                sa.insert(Impression),
                {
                    "id": new_id(),
                    "member_id": who.id,
                    "feed": "following",
                    "first_position": 0,
                    "item_kinds": ["post"],
                    "item_ids": [others],
                    "shown_at": app.clock.now(),
                },
            )
    app.value(ViewCounter).flush()
    for who in (zelda, sora):
        make_story(app, who)
    return {
        "public": public,
        "followers": followers,
        "others": others,
        "closed": closed,
        "on_public": on_public,
        "answered": answered,
        "alone": alone,
        "under": under,
        "chain": chain,
        "place": place,
        "in_closed": in_closed,
    }


def _write_rows(app: App, zelda: Person, rival: Person) -> None:
    """What needs a browser, a phone or an authenticator otherwise."""
    now, mine = app.clock.now(), {"account_id": zelda.id}
    export_id = new_id()
    soon = now + timedelta(hours=1)
    rows: list[tuple[type, dict[str, Any]]] = [
        (
            models.Profile,
            mine
            | {
                "full_name": "Zelda Maria Quux",
                "bio": "collects umbrellas",
                "place": "Umbrella Lane",
                "interests": ["umbrellology"],
                "updated_at": now,
            },
        ),
        (models.Phone, mine | {"number": "+821055501234", "verified_at": now}),
        (
            models.GoogleLink,
            mine | {"subject": "google-subject-4711", "email": "zelda@post.example", "linked_at": now},
        ),
        (
            models.Passkey,
            mine
            | {
                "id": new_id(),
                "credential_id": b"credential",
                "public_key": b"key",
                "sign_count": 1,
                "name": "Zeldas telephone",
                "created_at": now,
            },
        ),
        (
            models.FormerPassword,
            mine | {"id": new_id(), "password_hash": "$argon2id$x", "replaced_at": now},
        ),
        (models.Totp, mine | {"sealed_secret": b"totp of Z", "created_at": now, "enabled_at": now}),
        (models.RecoveryCode, mine | {"code_hash": "hash", "created_at": now}),
        (
            models.Appearance,
            mine | {"theme_mode": "dark", "accent_color": "#c0ffee", "updated_at": now},
        ),
        (
            models.BlockedKeyword,
            mine | {"keyword_key": "spiders-on-toast", "keyword": "spiders-on-toast", "created_at": now},
        ),
        (
            models.EmailChange,
            mine
            | {
                "id": new_id(),
                "address": "zelda.former@example.com",
                "code_hash": "",
                "code_asked_at": now,
                "expires_at": soon,
            },
        ),
        (
            models.PasswordReset,
            {"id": new_id(), "address": "Zelda.Quux@example.com", "created_at": now, "expires_at": soon},
        ),
        (
            models.PhoneCode,
            {
                "id": new_id(),
                "number": "+821055501234",
                "locale": "ja",
                "code_hash": "",
                "created_at": now,
                "expires_at": soon,
            },
        ),
        (
            models.Challenge,
            mine
            | {
                "id": new_id(),
                "purpose": "second_factor",
                "client": "api",
                "created_at": now,
                "expires_at": soon,
            },
        ),
        (
            models.DataExport,
            mine
            | {
                "id": export_id,
                "status": "ready",
                "storage_key": f"exports/{export_id}.zip",
                "bytes": 3,
                "requested_at": now,
                "ready_at": now,
                "expires_at": now + timedelta(days=7),
            },
        ),
        (
            Visit,
            {"day": now.date(), "visitor": str(zelda.id), "device": "mobile", "is_member": True, "pages": 3},
        ),
        (
            Job,
            {
                "id": new_id(),
                "queue": "default",
                "kind": "accounts.mail_standing",
                "args": {"account_id": str(zelda.id)},
                "due_at": now + timedelta(days=90),
            },
        ),
        (
            Job,
            {
                "id": new_id(),
                "queue": "default",
                "kind": "accounts.mail_password_reset",
                "args": {"reset_id": str(new_id())},
                "due_at": now,
                "dead_at": now,
                "last_error": "SMTPRecipientsRefused: zelda.quux@example.com",
            },
        ),
        (
            Block,
            {
                "blocker_id": zelda.id,
                "blocked_id": rival.id,
                "reason": "knows too much",
                "created_at": now,
            },
        ),
    ]
    with app.work() as services:
        session = services[DbSession]
        others = models.Account.id != zelda.id
        session.execute(sa.update(models.Account).where(others).values(password_hash=None))
        for table, row in rows:
            session.execute(sa.insert(table), row)
        session.execute(
            sa.update(models.Email)
            .where(models.Email.account_id == zelda.id)
            .values(address="zelda.quux@example.com", address_key="zelda.quux@example.com")
        )
        joon_id = session.scalars(sa.select(models.Account.id).where(models.Account.username == "joon")).one()
        requests: list[tuple[type, dict[str, Any]]] = [
            (Mute, {"muter_id": zelda.id, "muted_id": rival.id}),
            (Mute, {"muter_id": rival.id, "muted_id": zelda.id}),
            (FollowRequest, {"requester_id": zelda.id, "member_id": rival.id}),
            (FriendRequest, {"id": new_id(), "sender_id": rival.id, "receiver_id": zelda.id}),
        ]
        for table, row in requests:
            session.execute(sa.insert(table), row | {"created_at": now})
        friends = services[FriendService]
        friends.accept(joon_id, friends.ask(zelda.id, joon_id).id)
        sessions = services[SessionService]
        session_id = sessions.open(zelda.id, client="api", device=DEVICE, methods=("pwd",))
        sessions.tokens(session_id, zelda.id, DEVICE)
        services[SecurityLog].note(zelda.id, SecurityKind.LOGGED_IN, DEVICE)
        services[Storage].put(f"exports/{export_id}.zip", io.BytesIO(b"zip"))
