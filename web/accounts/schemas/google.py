"""Signing in with Google."""

from pydantic import BaseModel, Field

from web.accounts.schemas.identity import Locale, Zone


class GoogleToken(BaseModel):
    """An id_token of Google (OpenID Connect Core 1.0), of the scopes openid, email and profile."""

    id_token: str = Field(min_length=1, max_length=4096)
    nonce: str = Field(min_length=16, max_length=200, description="the random one that it was asked with")


class GoogleSignIn(GoogleToken):
    """The same, to get in; zone and locale are those of a new account."""

    zone: Zone = "UTC"
    locale: Locale = "ko"
