"""What can be wrong between accountability partners."""

from web.core.errors import DomainError


class SelfPartnership(DomainError):
    code, status, message = "SELF_PARTNERSHIP", 422, "You cannot be your own accountability partner."


class InvitationsNotAccepted(DomainError):
    code, status, message = "INVITATIONS_NOT_ACCEPTED", 403, "This member takes no invitations from you."


class NotInvited(DomainError):
    code, status, message = "NOT_INVITED", 403, "Only the invited member can answer an invitation."


class PartnershipNotActive(DomainError):
    """``details["status"]`` says how the partnership stands."""

    code, status, message = "PARTNERSHIP_NOT_ACTIVE", 409, "This partnership is not active now."
