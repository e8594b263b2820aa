"""The two pictures of oneself on the page of the profile: what is shown, and what a form brings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from web.accounts.schemas import Me
from web.core.errors import NotFound
from web.core.i18n import _
from web.core.multipart import MEGABYTE, UploadedFile
from web.core.requests import Request
from web.media import queries
from web.media.errors import MediaRefused
from web.media.purposes import PURPOSES
from web.media.uploads import UploadService

OwnPurpose = Literal["profile", "cover"]
OWN: tuple[OwnPurpose, ...] = ("profile", "cover")

_NO_PICTURE = _("This is no picture that Plaza can show. Choose a JPEG, PNG, WebP, GIF, HEIC or AVIF.")
_MEGABYTES = PURPOSES["profile"].largest_image // MEGABYTE
_WHY_REFUSED = {
    "empty_file": _("Choose a picture first."),
    "unknown_type": _NO_PICTURE,
    "no_video": _NO_PICTURE,
    "too_large": _("Choose a picture of at most ${count} MB.", mapping={"count": _MEGABYTES}),
    "too_many_pixels": _("This picture has too many pixels. Make it smaller first."),
    "broken_file": _("This picture is broken. Choose another one."),
}


@dataclass(frozen=True)
class OwnPicture:
    """One of the two as the page shows it.

    Attributes:
        url: of what others see now.
        is_waiting: whether another one is being made.
        error: why the one that was sent last is not shown, in the reader's language.
    """

    purpose: OwnPurpose
    url: str | None
    is_waiting: bool
    error: str | None


def purpose_in(request: Request) -> OwnPurpose:
    """Which of the two the page's address means.

    Raises:
        NotFound
    """
    for purpose in OWN:
        if purpose == request.matchdict["purpose"]:
            return purpose
    raise NotFound()


def shown(request: Request, me: Me, refused: Mapping[str, str]) -> list[OwnPicture]:
    """Both, with what became of the last upload for each."""
    uploads = queries.latest(request.db, me.id, OWN)
    urls = {"profile": me.avatar_url, "cover": me.cover_url}
    pictures = []
    for purpose in OWN:
        state = uploads.get(purpose)
        failure = _why(state.failure) if state and state.failure else None
        pictures.append(
            OwnPicture(
                purpose,
                urls[purpose],
                is_waiting=state is not None and state.status == "processing",
                error=refused.get(purpose) or (failure and request.localizer.translate(failure)),
            )
        )
    return pictures


def take(request: Request, purpose: OwnPurpose) -> None:
    """Take the picture in that the form brought.

    Raises:
        MediaRefused: with what a person can do about it.
        RateLimited
    """
    file = getattr(request.POST.get("image"), "file", None)
    if file is None:  # a browser sends an empty text when nothing was chosen
        raise MediaRefused(_why("empty_file"), reason="empty_file")
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    try:
        request.services[UploadService].take(request.member_id, UploadedFile(file, size), purpose)
    except MediaRefused as error:
        raise MediaRefused(_why(error.details["reason"]), **error.details) from error


def _why(reason: str) -> str:
    return cast("str", _WHY_REFUSED.get(reason, MediaRefused.message))
