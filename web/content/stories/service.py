"""Showing something for a day, seeing it, liking it, answering it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from web.content.errors import MediumDoesNotFit
from web.content.events import ContentDeleted, StoryLiked, StoryPosted, StoryUnliked
from web.content.hashtags import Tagged, retag, tags_in
from web.content.mentioning import MentionService
from web.content.models import Attachment, Content, StoryFacts
from web.content.reactions import Like
from web.content.stories.queries import author_of
from web.content.stories.schemas import NewStory, StoryLikeState
from web.content.viewing import note_view
from web.core.clock import Clock
from web.core.errors import NotFound, NotOwner
from web.core.events import EventLog
from web.core.ids import new_id
from web.core.refs import Ref
from web.core.wording import TextCheck
from web.media.models import Medium
from web.media.service import MediaService
from web.messaging.schemas import Message, NewMessage
from web.messaging.service import MessagingService
from web.moderation.models import Flag
from web.notifications.service import NotificationService

SHOWN_FOR: Final = timedelta(hours=24)
LONGEST_VIDEO_MS: Final = 60_000

_IS_LOOKED_AT = sa.exists().where(
    Flag.subject_kind == "content", Flag.subject_id == Content.id, Flag.handled_at.is_(None)
)
# What moderators have not looked at yet waits for them; nobody else sees it any more.
_OVER = (
    sa.select(Content.id)
    .where(
        Content.expires_at.is_not(None),  # as the index says it
        Content.expires_at <= sa.bindparam("now", type_=sa.DateTime(timezone=True)),
        sa.not_(_IS_LOOKED_AT),
    )
    .order_by(Content.expires_at)
    .limit(sa.bindparam("most", type_=sa.Integer()))
    .with_for_update(skip_locked=True)
)


class StoryService:
    """Stories. Raises DomainError subclasses; never commits.

    Their media are never served in the open, whoever may see them: addresses have to end with the story.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        events: EventLog,
        notifications: NotificationService,
        media: MediaService,
        messaging: MessagingService,
        mentions: MentionService,
        wording: TextCheck,
    ) -> None:
        self._session = session
        self._clock = clock
        self._events = events
        self._notifications = notifications
        self._media = media
        self._messaging = messaging
        self._mentions = mentions
        self._wording = wording

    def post(self, author_id: UUID, new: NewStory) -> UUID:
        """Show a picture or a video for a day.

        Returns:
            The story's id.

        Raises:
            NotFound: there is no such upload of the author's for a story.
            MediaNotReady, MediaInUse, ContentRefused
            MediumDoesNotFit: a video longer than 60 s.
        """
        verdict = self._wording.passed(f"{new.body}\n{new.alt_text or ''}".strip(), new.language)
        [medium] = self._media.attach(author_id, [new.media_id], is_public=False, purposes={"story"})
        duration_ms = _duration_ms(medium, new)
        story_id, now = new_id(), self._clock.now()
        self._session.execute(
            sa.insert(Content),
            {
                "id": story_id,
                "author_id": author_id,
                "type": "story",
                "visibility": new.visibility,
                "body": new.body,
                "language": new.language,
                "media_count": 1,
                "quality": medium.quality,
                "created_at": now,
                "expires_at": now + SHOWN_FOR,
            },
        )
        self._session.execute(sa.insert(StoryFacts), {"content_id": story_id, "duration_ms": duration_ms})
        self._session.execute(
            sa.insert(Attachment),
            {"content_id": story_id, "position": 0, "media_id": medium.id, "alt_text": new.alt_text},
        )
        self._wording.flag(author_id, Ref("content", story_id), verdict)
        self._events.emit(StoryPosted(author_id=author_id, content_id=story_id, visibility=new.visibility))
        self._mentions.note(author_id, story_id, new.body, type_name="mentioned_in_story")
        # No use of its tags that anybody counts: it will be gone tomorrow.
        retag(self._session, story_id, Tagged(), Tagged(tags_in(new.body)), now)
        return story_id

    def delete(self, member_id: UUID, story_id: UUID) -> None:
        """Take a story back. It is kept for moderators until it would have been over.

        Raises:
            NotFound: no story, or none that the member sees.
            NotOwner: it is somebody else's.
        """
        if author_of(self._session, story_id, member_id) != member_id:
            raise NotOwner()
        deleted = self._session.scalar(
            sa.update(Content)
            .where(Content.id == story_id, Content.deleted_at.is_(None))
            .values(deleted_at=self._clock.now())
            .returning(Content.id)
        )
        if deleted is None:  # a second request was faster
            raise NotFound()
        self._events.emit(ContentDeleted(author_id=member_id, content_id=story_id))

    def view(self, member_id: UUID, story_id: UUID) -> None:
        """Note that a member saw a story; twice is the same as once, and authors do not count.

        Raises:
            NotFound
        """
        if author_of(self._session, story_id, member_id) == member_id:
            return
        shared_at = self._session.scalars(sa.select(Content.created_at).where(Content.id == story_id)).one()
        note_view(self._session, story_id, member_id, shared_at.date(), self._clock.now())

    def like(self, member_id: UUID, story_id: UUID) -> StoryLikeState:
        """Like a story; twice is the same as once.

        Raises:
            NotFound
        """
        author_id = author_of(self._session, story_id, member_id)
        row = {"content_id": story_id, "member_id": member_id, "created_at": self._clock.now()}
        new = insert(Like).on_conflict_do_nothing().returning(Like.content_id)
        if self._session.scalar(new, row) is not None:
            liked = StoryLiked(member_id=member_id, content_id=story_id, author_id=author_id)
            happened = self._events.emit(liked)
            target = Ref("content", story_id)
            self._notifications.tell(author_id, "story_liked", about=happened, target=target)
            self._count_like(story_id, 1)
        return StoryLikeState(story_id=story_id, liked=True)

    def unlike(self, member_id: UUID, story_id: UUID) -> StoryLikeState:
        """Take the like of a story back; twice is the same as once.

        Raises:
            NotFound
        """
        author_id = author_of(self._session, story_id, member_id)
        gone = sa.delete(Like).where(Like.content_id == story_id, Like.member_id == member_id)
        if self._session.scalar(gone.returning(Like.content_id)) is not None:
            unliked = StoryUnliked(member_id=member_id, content_id=story_id, author_id=author_id)
            self._events.emit(unliked)
            self._count_like(story_id, -1)
        return StoryLikeState(story_id=story_id, liked=False)

    def _count_like(self, story_id: UUID, change: int) -> None:
        self._session.execute(
            sa.update(Content).where(Content.id == story_id).values(like_count=Content.like_count + change)
        )

    def answer(self, member_id: UUID, story_id: UUID, new: NewMessage) -> Message:
        """Answer a story: a direct message to its author, by the author's rules for messages.

        The same ``client_id`` again is the same message.

        Raises:
            NotFound
            SelfConversation: it is the member's own.
            MessagesNotAccepted: the author takes no messages from the member.
        """
        author_id = author_of(self._session, story_id, member_id)
        conversation_id = self._messaging.start_direct(member_id, author_id)
        return self._messaging.send(member_id, conversation_id, new, about=Ref("content", story_id))

    def remove_over(self, most: int) -> int:
        """Delete up to ``most`` stories that are over, with their media and all that was done with them.

        Returns:
            How many that were.
        """
        over = self._session.scalars(_OVER, {"now": self._clock.now(), "most": most}).all()
        shown = sa.select(Attachment.media_id).where(Attachment.content_id.in_(over))
        self._media.detach(self._session.scalars(shown).all())
        self._session.execute(sa.delete(Content).where(Content.id.in_(over)))
        return len(over)


def _duration_ms(medium: Medium, new: NewStory) -> int:
    """How long a story is shown.

    Raises:
        MediumDoesNotFit: a video that is too long.
    """
    if medium.kind == "image" or medium.duration_ms is None:
        return new.duration_ms
    if medium.duration_ms > LONGEST_VIDEO_MS:
        raise MediumDoesNotFit(reason="too_long")
    return medium.duration_ms
