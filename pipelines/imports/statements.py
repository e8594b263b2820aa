"""How staged rows become rows of Plaza: insert what is new, log it, count it.

Each kind has statements that run in order after its rows were staged. The first inserts and leaves in the
stage only what was not there before; those after it log events and update counters from that remainder, so
that importing twice, or into a community that lives, never counts a row twice.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from pipelines.imports import stages
from pipelines.imports.kinds import Kind, accounts, add_counts, as_staged, insert_new, log, table_of
from web.accounts.events import MemberJoined, MemberLoggedIn
from web.accounts.models import Email, MemberKey
from web.content.events import ContentCommented, ContentLiked, ContentPosted
from web.content.models import Comment, Content, ContentTag, Hashtag
from web.content.reactions import Like
from web.messaging.events import MessageSent
from web.messaging.models import Conversation, ConversationMember, Message

emails, member_keys = table_of(Email), table_of(MemberKey)
content, likes, comments = table_of(Content), table_of(Like), table_of(Comment)
hashtags, content_tags = table_of(Hashtag), table_of(ContentTag)
conversations, conversation_members = table_of(Conversation), table_of(ConversationMember)
messages = table_of(Message)

# accounts ------------------------------------------------------------------------------------------------
staged = stages.accounts
ACCOUNTS = Kind(
    "accounts",
    stages.AccountRow,
    staged,
    insert_new(
        accounts,
        staged,
        as_staged(
            staged,
            *("id", "kind", "username", "nickname", "password_hash", "birth_date", "zone", "locale"),
            "created_at",
        )
        | {"username_key": sa.func.lower(staged.c.username)},
    ),
    sa.insert(member_keys).from_select(["member_id"], sa.select(staged.c.id)),
    sa.insert(emails).from_select(
        ["account_id", "address", "address_key", "verified_at"],
        sa.select(staged.c.id, staged.c.email, sa.func.lower(staged.c.email), staged.c.created_at).where(
            staged.c.email.is_not(None)
        ),
    ),
    log(MemberJoined, staged, {"member_id": staged.c.id}, where=staged.c.kind == "person"),
)

# logins --------------------------------------------------------------------------------------------------
staged = stages.logins
LOGINS = Kind(
    "logins",
    stages.LoginRow,
    staged,
    log(MemberLoggedIn, staged, {"member_id": staged.c.member_id}),
)

# content -------------------------------------------------------------------------------------------------
staged = stages.content
CONTENT = Kind(
    "posts",
    stages.ContentRow,
    staged,
    insert_new(
        content,
        staged,
        as_staged(staged, "id", "author_id", "visibility", "body", "answers_id", "created_at"),
    ),
    log(
        ContentPosted,
        staged,
        {
            "author_id": staged.c.author_id,
            "content_id": staged.c.id,
            "type": sa.literal("text"),
            "visibility": staged.c.visibility,
        },
    ),
)

# tags ----------------------------------------------------------------------------------------------------
staged = stages.tags
_uses = (
    sa.select(staged.c.tag, sa.func.count().label("n"), sa.func.max(staged.c.created_at).label("last_at"))
    .group_by(staged.c.tag)
    .subquery("uses")
)
TAGS = Kind(
    "hashtags",
    stages.TagRow,
    staged,
    # A tag has to be there before a post can have it; both in the order in which live posts lock them.
    postgresql.insert(hashtags)
    .from_select(["tag", "last_used_at"], sa.select(_uses.c.tag, _uses.c.last_at).order_by(_uses.c.tag))
    .on_conflict_do_nothing(),
    sa.select(hashtags.c.tag)
    .where(hashtags.c.tag.in_(sa.select(staged.c.tag)))
    .order_by(hashtags.c.tag)
    .with_for_update(),
    insert_new(content_tags, staged, as_staged(staged, "content_id", "tag", "created_at")),
    sa.update(hashtags)
    .values(
        use_count=hashtags.c.use_count + _uses.c.n,
        last_used_at=sa.func.greatest(hashtags.c.last_used_at, _uses.c.last_at),
    )
    .where(hashtags.c.tag == _uses.c.tag),
)

# likes ---------------------------------------------------------------------------------------------------
staged = stages.likes
LIKES = Kind(
    "likes",
    stages.LikeRow,
    staged,
    insert_new(likes, staged, as_staged(staged, "content_id", "member_id", "created_at")),
    log(
        ContentLiked,
        staged,
        as_staged(staged, "member_id", "content_id") | {"author_id": content.c.author_id},
        (content, content.c.id == staged.c.content_id),
    ),
    add_counts(content, "like_count", staged.c.content_id),
)

# comments ------------------------------------------------------------------------------------------------
staged = stages.comments
_parent = comments.alias("parent")
COMMENTS = Kind(
    "comments",
    stages.CommentRow,
    staged,
    insert_new(
        comments,
        staged,
        as_staged(staged, "id", "content_id", "author_id", "parent_id", "body", "created_at"),
    ),
    log(
        ContentCommented,
        staged,
        as_staged(staged, "author_id", "content_id")
        | {
            "comment_id": staged.c.id,
            "content_author_id": content.c.author_id,
            "parent_author_id": _parent.c.author_id,
        },
        (content, content.c.id == staged.c.content_id),
        (_parent, _parent.c.id == staged.c.parent_id),
    ),
    # Comments before content, as live comments lock them.
    add_counts(comments, "reply_count", staged.c.parent_id),
    add_counts(content, "comment_count", staged.c.content_id),
)

# messages ------------------------------------------------------------------------------------------------
staged = stages.messages
_talk = conversations.c.direct_key == staged.c.direct_key
_place = sa.func.row_number().over(
    partition_by=conversations.c.id, order_by=(staged.c.created_at, staged.c.position)
)
_pairs = sa.union(
    *(
        sa.select(conversations.c.id, member, conversations.c.created_at).where(_talk)
        for member in (staged.c.sender_id, staged.c.recipient_id)
    )
)
_new = (
    sa.select(
        staged.c.direct_key, sa.func.count().label("n"), sa.func.max(staged.c.created_at).label("last_at")
    )
    .group_by(staged.c.direct_key)
    .subquery("new")
)
_has_new = conversations.c.direct_key == _new.c.direct_key
MESSAGES = Kind(
    "messages",
    stages.MessageRow,
    staged,
    # Numbers are given only to what is new, so what is there leaves the stage before anything is inserted.
    sa.delete(staged).where(sa.exists().where(messages.c.id == staged.c.id)),
    postgresql.insert(conversations)
    .from_select(
        ["id", "type", "direct_key", "created_at"],
        sa.select(staged.c.conversation_id, sa.literal("direct"), staged.c.direct_key, staged.c.created_at)
        .ext(postgresql.distinct_on(staged.c.direct_key))
        .order_by(staged.c.direct_key, staged.c.created_at, staged.c.position),
    )
    .on_conflict_do_nothing(),
    # The lock that orders messages, taken in the order of ids.
    sa.select(conversations.c.id)
    .where(conversations.c.direct_key.in_(sa.select(staged.c.direct_key)))
    .order_by(conversations.c.id)
    .with_for_update(),
    postgresql.insert(conversation_members)
    .from_select(["conversation_id", "member_id", "joined_at"], _pairs)
    .on_conflict_do_nothing(),
    sa.insert(messages).from_select(
        ["id", "conversation_id", "seq", "sender_id", "client_id", "body", "created_at"],
        sa.select(
            staged.c.id,
            conversations.c.id,
            conversations.c.last_seq + _place,
            staged.c.sender_id,
            staged.c.id,
            staged.c.body,
            staged.c.created_at,
        ).where(_talk),
    ),
    log(
        MessageSent,
        staged,
        as_staged(staged, "sender_id", "recipient_id")
        | {"conversation_id": conversations.c.id, "message_id": staged.c.id},
        (conversations, _talk),
    ),
    # History does not make anybody's conversation unread who had read it.
    sa.update(conversation_members)
    .values(last_read_seq=conversations.c.last_seq + _new.c.n)
    .where(
        conversation_members.c.conversation_id == conversations.c.id,
        conversation_members.c.last_read_seq == conversations.c.last_seq,
        _has_new,
    ),
    sa.update(conversations)
    .values(
        last_seq=conversations.c.last_seq + _new.c.n,
        last_message_at=sa.func.greatest(conversations.c.last_message_at, _new.c.last_at),
    )
    .where(_has_new),
)
