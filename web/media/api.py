"""Routes of uploads, and of the pictures that stand for a member."""

from web.core.api import Routes
from web.core.errors import RateLimited
from web.core.requests import Request
from web.core.security import Permission
from web.media import queries
from web.media.errors import MediaRefused
from web.media.presentation import UploadState
from web.media.profile_images import ProfileImageService
from web.media.purposes import Purpose
from web.media.schemas import MediumPath, NewMedium, NewPicture
from web.media.uploads import UploadService

routes = Routes("media")


@routes.post(
    "/media",
    permission=Permission.POST,
    status=202,
    errors=(MediaRefused, RateLimited),
    seeds="000 upload, 002 7.2 upload flow, 001 phase 2",
)
def upload(request: Request, body: NewMedium) -> UploadState:
    """Upload a picture, a video, a sound or a document, as its purpose allows.

    It is processed afterwards: watch ``media.*`` on the socket, or ask again. What nothing shows
    within a day is deleted. A picture for ``profile`` or ``cover`` is shown when ready.
    """
    media_id = request.services[UploadService].take(request.member_id, body.file, body.purpose, body.name)
    request.response.headers["Location"] = f"/api/v1/media/{media_id}"
    return queries.state(request.db, request.member_id, media_id)


@routes.get("/media/{media_id}", permission=Permission.READ, seeds="002 7.2")
def state(request: Request, path: MediumPath) -> UploadState:
    """How far one of the caller's uploads is, and how it will be shown."""
    return queries.state(request.db, request.member_id, path.media_id)


@routes.put(
    "/users/me/profile-image",
    permission=Permission.POST,
    status=202,
    errors=(MediaRefused, RateLimited),
    seeds="002 4.2 PATCH /users/me/profile-image",
)
def set_profile_image(request: Request, body: NewPicture) -> UploadState:
    """Show another picture beside one's name, as soon as it is ready."""
    return _set_picture(request, body, "profile")


@routes.delete(
    "/users/me/profile-image", permission=Permission.ACCOUNT, seeds="002 4.2 PATCH /users/me/profile-image"
)
def remove_profile_image(request: Request) -> None:
    """Show no picture; twice is the same as once."""
    request.services[ProfileImageService].remove(request.member_id, "profile")


@routes.put(
    "/users/me/cover-image",
    permission=Permission.POST,
    status=202,
    errors=(MediaRefused, RateLimited),
    seeds="002 4.2 PATCH /users/me/cover-image",
)
def set_cover_image(request: Request, body: NewPicture) -> UploadState:
    """Show another picture above one's profile, as soon as it is ready."""
    return _set_picture(request, body, "cover")


@routes.delete(
    "/users/me/cover-image", permission=Permission.ACCOUNT, seeds="002 4.2 PATCH /users/me/cover-image"
)
def remove_cover_image(request: Request) -> None:
    """Show no cover; twice is the same as once."""
    request.services[ProfileImageService].remove(request.member_id, "cover")


def _set_picture(request: Request, body: NewPicture, purpose: Purpose) -> UploadState:
    media_id = request.services[UploadService].take(request.member_id, body.image, purpose)
    request.response.headers["Location"] = f"/api/v1/media/{media_id}"
    return queries.state(request.db, request.member_id, media_id)
