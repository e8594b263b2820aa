"""The second factor: setting it up, and answering it."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from web.accounts.schemas.identity import Code

SecondFactorCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=6, max_length=40),
    Field(description="six digits of the authenticator app, or a recovery code"),
]


class TotpSetup(BaseModel):
    """What an authenticator app has to know; it counts once a code of it came back."""

    secret: str = Field(description="base32, for typing")
    uri: str = Field(description="otpauth address, for opening the app on this device")
    qr_svg: str = Field(description="the same address as an svg element, for scanning")


class SecondFactorWish(BaseModel):
    """Which second factor to turn on: an app, by its first code; without a code, the passkeys alone."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["totp", "passkey"] | None = None
    code: Code | None = None

    @model_validator(mode="after")
    def _code_with_totp(self) -> Self:
        if (self.method or ("totp" if self.code else "passkey")) != ("totp" if self.code else "passkey"):
            raise ValueError("totp needs a code, passkey has none")
        return self


class RecoveryCodes(BaseModel):
    """Shown this once; each works once. Earlier ones are worth nothing now."""

    codes: list[str]


class SecondFactorState(BaseModel):
    """How the second factor stands."""

    on_since: datetime | None = Field(description="null while it is off")
    totp: bool = Field(description="whether an authenticator app counts")
    passkeys: int = Field(description="how many")
    recovery_codes_left: int


class SecondFactorAnswer(BaseModel):
    """The second factor, for the ticket that the first one got."""

    ticket: UUID
    code: SecondFactorCode
