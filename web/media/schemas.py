"""What callers send with a file."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from web.core.multipart import MEGABYTE, MultipartForm, UploadedFile
from web.media.purposes import LARGEST_FORM, PURPOSES, Purpose


class NewMedium(MultipartForm):
    """A picture; a video, a sound or a document where its purpose allows one."""

    LARGEST: ClassVar[int] = LARGEST_FORM

    file: UploadedFile
    purpose: Purpose
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=150)] | None = Field(
        default=None, description="what a document is called, for who saves it"
    )


class NewPicture(MultipartForm):
    """A picture of oneself."""

    LARGEST: ClassVar[int] = PURPOSES["profile"].largest_image + MEGABYTE

    image: UploadedFile = Field(description="JPEG, PNG, WebP, GIF, HEIC or AVIF")


class MediumPath(BaseModel):
    """One of the caller's uploads."""

    media_id: UUID
