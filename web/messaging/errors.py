"""What can be wrong with a conversation."""

from web.core.errors import DomainError


class SelfConversation(DomainError):
    code, status, message = "SELF_CONVERSATION", 422, "A conversation needs somebody else."


class MessagesNotAccepted(DomainError):
    code, status, message = "MESSAGES_NOT_ACCEPTED", 403, "This member does not take messages from you."


class NotAGroup(DomainError):
    code, status, message = "NOT_A_GROUP", 422, "Only groups have this."


class NotGroupAdmin(DomainError):
    code, status, message = "NOT_GROUP_ADMIN", 403, "Only an admin of the group may do this."


class GroupFull(DomainError):
    """``details["most"]`` says how many may be in it."""

    code, status, message = "GROUP_FULL", 409, "This group is full."


class NotEditable(DomainError):
    code, status, message = "NOT_EDITABLE", 422, "This message cannot be changed."


class TooManyReactions(DomainError):
    """``details["most"]`` says how many different ones a message takes."""

    code, status, message = "TOO_MANY_REACTIONS", 409, "This message has too many different reactions."


class WrongMedium(DomainError):
    """``details["type"]`` is what the message says it is."""

    code, status, message = "WRONG_MEDIUM", 422, "This upload does not fit the type of the message."
