"""Routes of leaving, for a while or for good."""

from web.accounts.schemas import DeletionWish, Erasure
from web.accounts.service import AccountService
from web.core.api import Routes
from web.core.errors import AccountLeaving, ReauthenticationRequired
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("settings")


@routes.post(
    "/settings/deactivate",
    permission=Permission.ACCOUNT,
    status=204,
    errors=(ReauthenticationRequired, AccountLeaving),
    seeds="004 is_deactivated",
)
def deactivate(request: Request) -> None:
    """Leave for a while; all sessions end. Log in within 30 days to undo it; then the account is erased."""
    caller = request.caller
    request.services[AccountService].deactivate(request.member_id, caller.session_id, request.device)


@routes.delete(
    "/settings/delete-account",
    permission=Permission.ACCOUNT,
    status=202,
    errors=(ReauthenticationRequired,),
    seeds="002 4.10 DELETE /settings/delete-account, 004 deletion_requested_at",
)
def delete_account(request: Request, body: DeletionWish) -> Erasure:
    """Ask to be deleted, which happens in 30 days. Other sessions end; this one can only cancel it."""
    return request.services[AccountService].request_deletion(
        request.member_id, request.caller.session_id, body.keeps_content, request.device
    )


@routes.post(
    "/settings/delete-account/cancel",
    permission=Permission.ACCOUNT,
    status=204,
    seeds="004 deletion_requested_at",
)
def cancel_deletion(request: Request) -> None:
    """Stay after all; without a wish to be deleted nothing happens."""
    request.services[AccountService].cancel_deletion(request.member_id, request.device)
