"""Routes of the copy of one's data."""

from pyramid.response import FileIter, Response

from web.accounts.errors import LinkExpired
from web.accounts.my_data.service import MyDataService
from web.accounts.schemas import CopyLink, CopyPath, DataCopy
from web.core.api import Routes
from web.core.errors import NotFound, ReauthenticationRequired
from web.core.requests import Request
from web.core.security import Permission

routes = Routes("my_data")


@routes.post(
    "/settings/download-data",
    permission=Permission.ACCOUNT,
    status=202,
    errors=(ReauthenticationRequired,),
    seeds="002 4.10 POST /settings/download-data",
)
def request_copy(request: Request) -> DataCopy:
    """Ask for a copy of everything; within a day, asking again answers the same one."""
    copy = request.services[MyDataService].request(
        request.member_id, request.caller.session_id, request.device
    )
    request.response.headers["Location"] = copy.status_url
    return copy


@routes.get("/settings/download-data/{export_id}", permission=Permission.ACCOUNT, seeds="002 4.10")
def find_copy(request: Request, path: CopyPath) -> DataCopy:
    """How far a copy is, and the link to it once it is ready."""
    return request.services[MyDataService].find(request.member_id, path.export_id)


@routes.get("/downloads/{export_id}", permission=Permission.PUBLIC, errors=(NotFound, LinkExpired))
def download(request: Request, path: CopyPath, query: CopyLink) -> Response:
    """The file that a signed link leads to, as long as the link is good; it needs no log-in."""
    found = request.services[MyDataService].open(path.export_id, query.expires, query.signature)
    return Response(
        app_iter=FileIter(found.file),
        content_type="application/zip",
        content_length=found.bytes,
        content_disposition=f'attachment; filename="{found.name}"',
        cache_control="no-store",
    )
