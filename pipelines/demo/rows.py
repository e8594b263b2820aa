"""From arrays to rows: ids, moments and texts are made while the rows stream by."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from pipelines.demo.activity import VISIBILITIES
from pipelines.demo.community import Community
from pipelines.demo.grammar import compose
from pipelines.demo.population import DEMO, LANGUAGE_NAMES, PLACES
from pipelines.demo.rhythm import Floats
from pipelines.imports.stages import (
    AccountRow,
    CommentRow,
    ContentRow,
    FollowRow,
    LikeRow,
    LoginRow,
    MessageRow,
)
from web.core.ids import derived_id
from web.messaging.service import direct_key

DOMAIN = "plaza.example"  # reserved by RFC 2606: nobody's mail
EMAIL = f"demo@{DOMAIN}"


class Rows:
    """The rows of a community, kind by kind."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._languages = [LANGUAGE_NAMES[spoken] for spoken in community.people.language]
        self._joined = self._moments(community.people.joined)
        self._members = [self._id(moment, "account", member) for member, moment in enumerate(self._joined)]
        self._posted = self._moments(community.posts.time)
        self._posts = [self._id(moment, "post", post) for post, moment in enumerate(self._posted)]

    def accounts(self, password_hash: str) -> Iterator[AccountRow]:
        """Everybody; only the demo login has a password."""
        people = self._community.people
        for member, moment in enumerate(self._joined):
            username, nickname = people.names[member]
            is_demo = member == DEMO
            yield AccountRow(
                event_id=self._id(moment, "joined", member),
                id=self._members[member],
                kind="person",
                username=username,
                nickname=nickname,
                zone=PLACES[people.place[member]][0],
                locale="en" if is_demo else self._languages[member],
                created_at=moment,
                birth_date=date.fromordinal(int(people.birth_ordinals[member])),
                password_hash=password_hash if is_demo else None,
                email=f"{username}@{DOMAIN}",
            )

    def logins(self) -> Iterator[LoginRow]:
        """Logins."""
        logins = self._community.logins
        for number, moment in enumerate(self._moments(logins.time)):
            yield LoginRow(
                event_id=self._id(moment, "login", number),
                member_id=self._members[logins.member[number]],
                created_at=moment,
            )

    def follows(self) -> Iterator[FollowRow]:
        """Follows."""
        follows = self._community.follows
        for number, moment in enumerate(self._moments(follows.time)):
            yield FollowRow(
                event_id=self._id(moment, "follow", number),
                follower_id=self._members[follows.follower[number]],
                followed_id=self._members[follows.followed[number]],
                created_at=moment,
            )

    def posts(self) -> Iterator[ContentRow]:
        """Posts, in the language of their authors."""
        posts = self._community.posts
        for number, moment in enumerate(self._posted):
            author = posts.author[number]
            yield ContentRow(
                event_id=self._id(moment, "posted", number),
                id=self._posts[number],
                author_id=self._members[author],
                visibility=VISIBILITIES[posts.visibility[number]],
                body=compose(self._languages[author], "post", int(posts.text[number])),
                answers_id=None,
                created_at=moment,
            )

    def likes(self) -> Iterator[LikeRow]:
        """Likes."""
        likes = self._community.likes
        for number, moment in enumerate(self._moments(likes.time)):
            yield LikeRow(
                event_id=self._id(moment, "like", number),
                content_id=self._posts[likes.post[number]],
                member_id=self._members[likes.member[number]],
                created_at=moment,
            )

    def comments(self) -> Iterator[CommentRow]:
        """Comments and replies, in the language of who writes them."""
        comments = self._community.comments
        moments = self._moments(comments.time)
        ids = [self._id(moment, "comment", number) for number, moment in enumerate(moments)]
        for number, moment in enumerate(moments):
            author, parent = comments.author[number], int(comments.parent[number])
            symbol = "reply" if parent >= 0 else "comment"
            yield CommentRow(
                event_id=self._id(moment, "commented", number),
                id=ids[number],
                content_id=self._posts[comments.post[number]],
                author_id=self._members[author],
                parent_id=ids[parent] if parent >= 0 else None,
                body=compose(self._languages[author], symbol, int(comments.text[number])),
                created_at=moment,
            )

    def messages(self) -> Iterator[MessageRow]:
        """Messages, in the language of who writes them."""
        messages = self._community.messages
        for number, moment in enumerate(self._moments(messages.time)):
            sender, recipient = messages.sender[number], messages.recipient[number]
            pair = direct_key(self._members[sender], self._members[recipient])
            yield MessageRow(
                event_id=self._id(moment, "sent", number),
                id=self._id(moment, "message", number),
                conversation_id=self._id(moment, "conversation", number),
                direct_key=pair,
                sender_id=self._members[sender],
                recipient_id=self._members[recipient],
                body=compose(self._languages[sender], "message", int(messages.text[number])),
                created_at=moment,
            )

    def _id(self, moment: datetime, kind: str, number: int) -> UUID:
        return derived_id(moment, "demo", self._community.seed, kind, number)

    def _moments(self, times: Floats) -> Sequence[datetime]:
        start = self._community.start
        return [start + timedelta(days=days) for days in times.tolist()]
