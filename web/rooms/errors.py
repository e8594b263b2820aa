"""What can be wrong in and around a room."""

from web.core.errors import DomainError


class TooManyRooms(DomainError):
    """``details["most"]`` says how many a member may host."""

    code, status, message = "TOO_MANY_ROOMS", 409, "You host too many rooms. Close one first."


class RoomFull(DomainError):
    code, status, message = "ROOM_FULL", 409, "This room is full."


class RoomHasMore(DomainError):
    """``details["participant_count"]`` says how many."""

    code, status, message = "ROOM_HAS_MORE", 409, "There are more people in this room already."


class RoomPasswordWrong(DomainError):
    code, status, message = "ROOM_PASSWORD_WRONG", 403, "This is not the password of the room."


class RoomBanned(DomainError):
    """``details["until"]`` says until when; null for good."""

    code, status, message = "ROOM_BANNED", 403, "You may not come into this room."


class NotInRoom(DomainError):
    code, status, message = "NOT_IN_ROOM", 403, "Join the room first."


class RoomAdminsOnly(DomainError):
    code, status, message = "ROOM_ADMINS_ONLY", 403, "Only the admins of the room may do this."


class RoomRankTooLow(DomainError):
    code, status, message = (
        "ROOM_RANK_TOO_LOW",
        403,
        "Only the host may do this to an admin, and nobody to the host.",
    )


class SlowMode(DomainError):
    """``details["retry_after_seconds"]`` says how long to wait; so does ``Retry-After``."""

    code, status, message = "SLOW_MODE", 429, "This room is in slow mode. Wait a little."
