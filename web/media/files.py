"""Where the files of a medium are: keys made of its id."""

from uuid import UUID

from web.core.storage import Storage
from web.media.purposes import VARIANT_FILES


def upload_key(media_id: UUID) -> str:
    """Of the file that came, which nobody is ever served and which goes when the variants are made."""
    return f"uploads/{media_id}"


def variant_key(media_id: UUID, variant: str, extension: str) -> str:
    """Of a file that is served."""
    return f"media/{media_id}/{variant}.{extension}"


def delete_files(storage: Storage, media_id: UUID) -> None:
    """Delete all that a medium may have left; twice is the same as once."""
    storage.delete(upload_key(media_id))
    for name in VARIANT_FILES:
        storage.delete(f"media/{media_id}/{name}")
