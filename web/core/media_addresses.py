"""Where a variant of a picture or video is served: in the open, or under a signature that expires.

It is here because features below ``media`` show profile pictures, and need nothing of it but the address.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

PREFIX = "/media"
PROFILE_VARIANT = "medium"
COVER_VARIANT = "large"
# Addresses stay the same for so long, so that caches on the way can keep what they lead to.
VALID_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=30)
ADDRESSES = "plaza.media_addresses"  # where a session keeps them
_TAG_CHARACTERS = 32


class MediaAddresses:
    """Makes and checks addresses of media."""

    def __init__(self, secret: str) -> None:
        self._secret = hashlib.sha256(b"media addresses\0" + secret.encode()).digest()

    def public(self, media_id: UUID, variant: str, extension: str = "webp") -> str:
        """The address of something that anybody may see."""
        return f"{PREFIX}/{media_id}/{variant}.{extension}"

    def signed(self, media_id: UUID, variant: str, extension: str = "webp") -> str:
        """The address of something that only who was given it may see; it holds for 7 to 14 days."""
        moment = datetime.now(UTC)
        week = int(VALID_FOR.total_seconds())
        until = (int(moment.timestamp()) // week + 2) * week
        tag = self._tag(media_id, variant, extension, until)
        return f"{self.public(media_id, variant, extension)}?until={until}&signature={tag}"

    def address(self, media_id: UUID, variant: str, extension: str = "webp", *, is_public: bool) -> str:
        """The one of the two that fits."""
        make = self.public if is_public else self.signed
        return make(media_id, variant, extension)

    def is_valid(
        self, media_id: UUID, variant: str, extension: str, until: int, signature: str, now: datetime
    ) -> bool:
        """Whether a signature was made here for just this and has not expired."""
        expected = self._tag(media_id, variant, extension, until)
        return hmac.compare_digest(expected, signature) and now.timestamp() < until

    def _tag(self, media_id: UUID, variant: str, extension: str, until: int) -> str:
        message = f"{media_id}/{variant}.{extension}?{until}".encode()
        return hmac.digest(self._secret, message, hashlib.sha256).hex()[:_TAG_CHARACTERS]


def addresses_of(session: Session) -> MediaAddresses:
    """The addresses that reads through this session give out."""
    addresses: MediaAddresses = session.info[ADDRESSES]
    return addresses


def cover_image_url(media_id: UUID | None) -> str | None:
    """The address of what a member shows above their profile."""
    return f"{PREFIX}/{media_id}/{COVER_VARIANT}.webp" if media_id else None


def profile_image_url(media_id: UUID | None) -> str | None:
    """The address of a member's picture, which is as public as the member's name."""
    return f"{PREFIX}/{media_id}/{PROFILE_VARIANT}.webp" if media_id else None
