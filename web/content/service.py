"""Sharing, changing, putting away and taking back."""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.accounts.models import Account
from web.content.errors import MediumDoesNotFit, PostIncomplete
from web.content.events import (
    ContentArchived,
    ContentDeleted,
    ContentEdited,
    ContentPosted,
    ContentUnarchived,
    ContentUnshared,
)
from web.content.hashtags import Tagged, retag, tags_in, tags_of
from web.content.mentioning import MentionService
from web.content.models import Attachment, Content, Revision
from web.content.policy import visible
from web.content.reels import note_reel
from web.content.schemas import NewAttachment, NewPost, PostChange
from web.core.clock import Clock
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.refs import Ref
from web.core.wording import TextCheck
from web.media.models import Medium
from web.media.service import MediaService

LONGEST_REEL_MS = 90_000
_KINDS = {"photo": "image", "video": "video", "reel": "video"}

_VISIBLE = (
    sa.select(Content.id, Content.author_id, Content.like_count)
    .join(Account, Account.id == Content.author_id)
    .where(Content.id == sa.bindparam("id", type_=sa.Uuid()), visible(), Content.type != "story")
)


# Into the table: the mapped class would go through the bulk inserts of the ORM.
_INSERT = sa.insert(Content.__table__)  # type: ignore[arg-type]  # a Table, which is meant


class VisibleContent(NamedTuple):
    """Content that the acting member may see."""

    id: UUID
    author_id: UUID
    like_count: int


def visible_content(session: Session, content_id: UUID, viewer_id: UUID) -> VisibleContent:
    """The post that a member wants to act on.

    Raises:
        NotFound: absent, deleted, not for this member, or a story, which has rules of its own.
    """
    row = session.execute(_VISIBLE, {"id": content_id, "viewer": viewer_id}).one_or_none()
    if row is None:
        raise NotFound()
    return VisibleContent(*row)


def counts_publicly(content: Content) -> bool:
    """Whether a post counts as a use of its tags; ``policy.counts_publicly`` says the same in SQL."""
    is_open = content.visibility == "public" and content.type != "story"
    return is_open and content.deleted_at is None and content.archived_at is None


class ContentService:
    """Posts. Raises DomainError subclasses; never commits.

    Lock order: the post, its media by id, what it shares, hashtags by tag.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        media: MediaService,
        mentions: MentionService,
        wording: TextCheck,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._media = media
        self._mentions = mentions
        self._wording = wording

    def post(self, author_id: UUID, new: NewPost) -> UUID:
        """Share a text, pictures, a video or a reel.

        Returns:
            Its id.

        Raises:
            ContentRefused: words that are not fit to be shown.
            MediumDoesNotFit: a picture where a video belongs or the other way round, or a reel too long.
            NotFound, MediaNotReady, MediaInUse: by ``MediaService.attach``.
        """
        verdict = self._wording.passed(_words(new.body, new.media), new.language)
        content_id, now = new_id(), self._clock.now()
        is_public = new.visibility == "public"
        media = self._media.attach(
            author_id, [each.media_id for each in new.media], is_public=is_public, purposes={"post"}
        )
        _require_fitting(new.type, media)
        self._session.execute(
            _INSERT,
            {
                "id": content_id,
                "author_id": author_id,
                "type": new.type,
                "visibility": new.visibility,
                "body": new.body,
                "language": new.language,
                "target_language": new.target_language,
                "goal_id": new.goal_id,
                "media_count": len(media),
                "quality": _quality(media),
                "created_at": now,
            },
        )
        self._show_media(content_id, new.media)
        if new.type == "reel":
            note_reel(self._session, content_id, media[0].duration_ms or 0)
        self._wording.flag(author_id, Ref("content", content_id), verdict)
        self._events.emit(
            ContentPosted(
                author_id=author_id, content_id=content_id, type=new.type, visibility=new.visibility
            )
        )
        self._mentions.note(author_id, content_id, new.body)
        tagged = Tagged(tags_in(new.body), counts=is_public)
        retag(self._session, content_id, Tagged(), tagged, now)
        return content_id

    def edit(self, member_id: UUID, content_id: UUID, change: PostChange) -> None:
        """Change what was given and nothing else; what the body said before is kept.

        Raises:
            NotFound, NotOwner, ContentRefused
            PostIncomplete: nothing would be left to show, or it cannot be shown so.
        """
        content = self._own(member_id, content_id)
        given = change.given
        alt_texts = {each.media_id: each.alt_text or None for each in given.pop("alt_texts", ())}
        changed = {name: value for name, value in given.items() if value != getattr(content, name)}
        _require_complete(content, changed)
        body = changed.get("body", content.body)
        words = "\n".join((body, *(text for text in alt_texts.values() if text)))
        verdict = self._wording.passed(words, changed.get("language", content.language))
        is_described = self._describe_media(content_id, alt_texts)
        if not changed and not is_described:
            return
        counted = counts_publicly(content)
        if "body" in changed:
            self._keep_former(content)
        for name, value in changed.items():
            setattr(content, name, value)
        self._session.flush()
        if "visibility" in changed:
            self._open_media(content)
        self._wording.flag(member_id, Ref("content", content_id), verdict)
        names = [*changed, *(["alt_texts"] if is_described else [])]
        self._events.emit(ContentEdited(author_id=member_id, content_id=content_id, changed=names))
        if "body" in changed:
            self._mentions.renew(member_id, content_id, body)
        if "visibility" in changed:
            self._mentions.tell_new_readers(member_id, content_id)
        self._retag(content, counted)

    def archive(self, member_id: UUID, content_id: UUID) -> None:
        """Put a post away, so that only its author sees it; twice is the same as once.

        Raises:
            NotFound, NotOwner
        """
        content = self._own(member_id, content_id)
        if content.archived_at is None:
            self._set_archived(content, True)

    def unarchive(self, member_id: UUID, content_id: UUID) -> None:
        """Take a post out again, to where it was; twice is the same as once.

        Raises:
            NotFound, NotOwner
        """
        content = self._own(member_id, content_id)
        if content.archived_at is not None:
            self._set_archived(content, False)

    def delete(self, member_id: UUID, content_id: UUID) -> None:
        """Take a post back. Its row stays for moderators; its media are served to nobody any more.

        Raises:
            NotFound: absent, deleted, or not visible to the caller.
            NotOwner: it is somebody else's.
        """
        content = self._own(member_id, content_id)
        counted = counts_publicly(content)
        content.deleted_at = self._clock.now()
        self._session.flush()
        self._open_media(content)
        self._events.emit(ContentDeleted(author_id=member_id, content_id=content_id))
        if content.shares_id is not None:
            self._unshare(content, content.shares_id)
        self._retag(content, counted)

    def _own(self, member_id: UUID, content_id: UUID) -> Content:
        """The member's own post, locked until the transaction ends."""
        seen = visible_content(self._session, content_id, member_id)
        if seen.author_id != member_id:
            raise NotOwner()
        content = self._session.get(
            Content, content_id, with_for_update={"key_share": True}, populate_existing=True
        )
        if content is None or content.deleted_at is not None:  # a second request was faster
            raise NotFound()
        return content

    def _set_archived(self, content: Content, is_archived: bool) -> None:
        counted = counts_publicly(content)
        content.archived_at = self._clock.now() if is_archived else None
        self._session.flush()
        self._open_media(content)
        happened = ContentArchived if is_archived else ContentUnarchived
        self._events.emit(happened(author_id=content.author_id, content_id=content.id))
        if not is_archived:
            self._mentions.tell_new_readers(content.author_id, content.id)
        self._retag(content, counted)

    def _show_media(self, content_id: UUID, attachments: Sequence[NewAttachment]) -> None:
        if attachments:
            rows = [
                {
                    "content_id": content_id,
                    "position": position,
                    "media_id": each.media_id,
                    "alt_text": each.alt_text or None,
                }
                for position, each in enumerate(attachments)
            ]
            self._session.execute(sa.insert(Attachment), rows)

    def _describe_media(self, content_id: UUID, alt_texts: dict[UUID, str | None]) -> bool:
        """Change what media show in words; returns whether anything is different.

        Raises:
            NotFound: the post does not show one of them.
        """
        if not alt_texts:
            return False
        attachments = self._session.scalars(
            sa.select(Attachment).where(
                Attachment.content_id == content_id, Attachment.media_id.in_(alt_texts)
            )
        ).all()
        if len(attachments) != len(alt_texts):
            raise NotFound()
        changed = [each for each in attachments if each.alt_text != alt_texts[each.media_id]]
        for each in changed:
            each.alt_text = alt_texts[each.media_id]
        self._session.flush()
        return bool(changed)

    def _open_media(self, content: Content) -> None:
        """Serve the media of a post to all, or no longer, as the post now stands."""
        if content.media_count:
            is_open = content.visibility == "public" and not (content.archived_at or content.deleted_at)
            shown = sa.select(Attachment.media_id).where(Attachment.content_id == content.id)
            self._media.set_public(self._session.scalars(shown).all(), is_open)

    def _keep_former(self, content: Content) -> None:
        now = self._clock.now()
        self._session.execute(
            sa.insert(Revision),
            {"id": new_id(), "content_id": content.id, "body": content.body, "replaced_at": now},
        )
        content.edited_at = now

    def _unshare(self, share: Content, shares_id: UUID) -> None:
        author_id = self._session.scalar(sa.select(Content.author_id).where(Content.id == shares_id))
        if author_id is not None:
            self._events.emit(
                ContentUnshared(
                    member_id=share.author_id, content_id=shares_id, share_id=share.id, author_id=author_id
                )
            )
            count_share(self._session, shares_id, -1)

    def _retag(self, content: Content, counted: bool) -> None:
        """Bring the tags in line with the body, and their counts with whether the post counts now."""
        before = Tagged(tags_of(self._session, content.id), counted)
        after = Tagged(tags_in(content.body), counts_publicly(content))
        retag(self._session, content.id, before, after, content.created_at)


def count_share(session: Session, content_id: UUID, change: int) -> int:
    """Adjust how often something is shared; returns how often that is now."""
    statement = (
        sa.update(Content)
        .where(Content.id == content_id)
        .values(share_count=Content.share_count + change)
        .returning(Content.share_count)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(statement) or 0


def _words(body: str, media: Sequence[NewAttachment]) -> str:
    """Everything that a post says, for the check."""
    return "\n".join((body, *(each.alt_text for each in media if each.alt_text)))


def _require_fitting(type_: str, media: Sequence[Medium]) -> None:
    for medium in media:
        if medium.kind != _KINDS[type_]:
            raise MediumDoesNotFit(reason="kind")
        if type_ == "reel" and (medium.duration_ms or 0) > LONGEST_REEL_MS:
            raise MediumDoesNotFit(reason="too_long")


def _quality(media: Sequence[Medium]) -> float | None:
    known = [medium.quality for medium in media if medium.quality is not None]
    return fmean(known) if known else None


def _require_complete(content: Content, changed: dict[str, object]) -> None:
    """A text keeps words, and so does a share that has any; a plain share never gets them."""
    body, visibility = changed.get("body", content.body), changed.get("visibility", content.visibility)
    if content.type == "text" and not body:
        raise PostIncomplete(reason="body")
    if content.type == "share" and (not body) != (not content.body):
        raise PostIncomplete(reason="body")
    if content.type == "share" and visibility == "private":
        raise PostIncomplete(reason="visibility")
