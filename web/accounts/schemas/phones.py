"""Phone numbers: a wish for a code, and the code that came."""

from datetime import datetime
from typing import Annotated

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from pydantic import AliasChoices, BaseModel, Field, ValidationInfo, field_validator

from web.accounts.schemas.identity import Code, Locale, Zone

# Languages that name the country, so that its numbers may be given as people there write them. English and
# Spanish do not: guessing one would send messages to strangers.
_COUNTRY_OF = {"ko": "KR", "ja": "JP"}
# What gets text messages and costs a message; the others are landlines, or lines that charge the sender.
_TEXTABLE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP)


class PhoneWish(BaseModel):
    """A wish for a code by text message; what the number becomes is E.164."""

    locale: Locale | None = Field(None, description="language of the message for who is no member")
    phone_number: Annotated[str, Field(max_length=40)] = Field(
        description="E.164; with `locale` ko or ja also as written in Korea or Japan. It must take messages."
    )

    @field_validator("phone_number")
    @classmethod
    def _e164(cls, value: str, info: ValidationInfo) -> str:
        try:
            number = phonenumbers.parse(value, _COUNTRY_OF.get(info.data.get("locale") or ""))
        except phonenumbers.NumberParseException as error:
            raise ValueError("not a phone number with its country code") from error
        if not phonenumbers.is_valid_number(number):
            raise ValueError("there is no such phone number")
        if phonenumbers.number_type(number) not in _TEXTABLE:
            raise ValueError("this number cannot get text messages")
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)


class PhoneTicket(BaseModel):
    """A code is on its way, whoever the number belongs to."""

    phone_number: str = Field(description="as it was understood, E.164")
    expires_at: datetime
    resend_after: datetime = Field(description="when another code may be asked for")


class PhoneConfirmation(PhoneWish):
    """A number and the code that came to it."""

    code: Code = Field(validation_alias=AliasChoices("code", "otp"), description="also taken as `otp`")


class PhoneProof(PhoneConfirmation):
    """The same, to get in; zone and locale are those of a new account."""

    zone: Zone = "UTC"
