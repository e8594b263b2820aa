"""What can be wrong with asking for friendship."""

from web.core.errors import DomainError


class SelfFriend(DomainError):
    code, status, message = "SELF_FRIEND", 422, "You cannot be friends with yourself."


class AlreadyFriends(DomainError):
    code, status, message = "ALREADY_FRIENDS", 409, "You are friends already."


class FriendRequestNotAllowed(DomainError):
    code, status, message = (
        "FRIEND_REQUEST_NOT_ALLOWED",
        403,
        "This member does not take friend requests from you.",
    )
