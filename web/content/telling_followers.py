"""Telling followers that somebody shared something: those who asked to be told of it, a little later."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.events import ContentPosted
from web.content.models import Content
from web.content.policy import listed
from web.core.clock import Clock
from web.core.events import Happened, Subscribers
from web.core.i18n import _
from web.core.jobs import JobLog, JobRegistry
from web.core.refs import Ref
from web.core.services import Services
from web.graph.relations import follows
from web.notifications.models import NotificationChoice
from web.notifications.service import NotificationService
from web.notifications.types import NotificationTypes

POSTED = "member_posted"
TELL = "content.tell_followers"
WAITS = timedelta(seconds=5)  # whoever notices a slip at once has time to take it back

_asked = (
    sa.select(NotificationChoice.member_id)
    .where(NotificationChoice.type == POSTED, NotificationChoice.wanted)
    .distinct()
    .subquery("asked")
)
_POST = sa.select(
    Content.author_id, Content.type, Content.visibility, Content.created_at, Content.body
).where(Content.id == sa.bindparam("content", type_=sa.Uuid()))
_READERS = (
    sa.select(_asked.c.member_id)
    .select_from(Content)
    .join(Account, Account.id == Content.author_id)
    .join(_asked, sa.true())
    .where(
        Content.id == sa.bindparam("content", type_=sa.Uuid()),
        follows(_asked.c.member_id, Content.author_id),
        listed(_asked.c.member_id),
    )
)


def register(types: NotificationTypes, subscribers: Subscribers, jobs: JobRegistry) -> None:
    """The type, which nobody gets without asking for it, and what leads to it."""
    types.add(
        POSTED,
        _("${actor} shared something new"),
        "/posts/{id}",
        label=_("New posts of members you follow"),
        icon="post",
        color="#2b8fb3",
        channels=frozenset(),
    )
    subscribers.on(ContentPosted, tell_soon)
    jobs.add(TELL, tell)


def tell_soon(services: Services, happened: Happened[ContentPosted]) -> None:
    """Have them told; they may be thousands."""
    if happened.event.visibility != "private":
        services[JobLog].add(
            TELL,
            due_at=services[Clock].now() + WAITS,
            event_id=happened.id,
            content_id=happened.event.content_id,
        )


def tell(services: Services, event_id: str, content_id: str) -> None:
    """Body of the job: tell the followers who asked for it and who see it (still)."""
    session, post_id = services[Session], UUID(content_id)
    post = session.execute(_POST, {"content": post_id}).one_or_none()
    readers: Sequence[UUID] = session.scalars(_READERS, {"content": post_id}).all()
    if post is None or not readers:
        return
    event = ContentPosted(
        author_id=post.author_id, content_id=post_id, type=post.type, visibility=post.visibility
    )
    about = Happened(id=UUID(event_id), occurred_at=post.created_at, event=event)
    services[NotificationService].tell_many(
        readers, POSTED, about=about, target=Ref("content", post_id), says=post.body or ""
    )
