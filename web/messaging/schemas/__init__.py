"""What callers send and get about conversations."""

from web.messaging.schemas.conversations import (
    MOST_UNREAD,
    Conversation,
    ConversationQuery,
    Muting,
    NewConversation,
    ReadMark,
)
from web.messaging.schemas.groups import (
    LARGEST_GROUP,
    ConversationChange,
    GroupName,
    NewParticipants,
    Participant,
    ParticipantChange,
)
from web.messaging.schemas.messages import (
    LARGEST_WITH_RECEIPTS,
    About,
    Message,
    MessageChange,
    MessageQuery,
    NewMessage,
    Notice,
    Reaction,
    ReadBy,
    Reply,
    SearchQuery,
)
from web.messaging.schemas.paths import ConversationPath, MessagePath, ParticipantPath, ReactionPath

__all__ = [
    "LARGEST_GROUP",
    "LARGEST_WITH_RECEIPTS",
    "MOST_UNREAD",
    "About",
    "Conversation",
    "ConversationChange",
    "ConversationPath",
    "ConversationQuery",
    "GroupName",
    "Message",
    "MessageChange",
    "MessagePath",
    "MessageQuery",
    "Muting",
    "NewConversation",
    "NewMessage",
    "NewParticipants",
    "Notice",
    "Participant",
    "ParticipantChange",
    "ParticipantPath",
    "Reaction",
    "ReactionPath",
    "ReadBy",
    "ReadMark",
    "Reply",
    "SearchQuery",
]
