"""What can be wrong with a conversation."""

from web.core.errors import DomainError


class SelfConversation(DomainError):
    code, status, message = "SELF_CONVERSATION", 422, "A conversation needs somebody else."


class MessagesNotAccepted(DomainError):
    code, status, message = "MESSAGES_NOT_ACCEPTED", 403, "This member does not take messages from you."
