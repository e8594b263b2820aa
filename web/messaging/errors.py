"""What can be wrong with a conversation."""

from web.core.errors import DomainError


class SelfConversation(DomainError):
    code, status, message = "SELF_CONVERSATION", 422, "A conversation needs somebody else."
