"""Passkeys, in the JSON of W3C Web Authentication Level 3 §5.1 (names as browsers have them).

``options`` go into ``PublicKeyCredential.parseCreationOptionsFromJSON`` or ``parseRequestOptionsFromJSON``;
what the browser gives back comes as ``credential.toJSON()``. Binary values (``challenge``, every ``id``, and
all of ``response``) are base64url without padding, for scripts that convert them by hand.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

LONGEST_PASSKEY_NAME = 50

PasskeyName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_PASSKEY_NAME)
]
Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+={0,2}$", max_length=16_000)]
# A credential id has at most 1023 bytes (Level 3 §7.1).
CredentialId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+={0,2}$", max_length=1366)]


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True, validate_by_name=True)


class CredentialDescriptor(_Camel):
    """A passkey, as far as a browser needs to know which."""

    type: Literal["public-key"]
    id: str
    transports: list[str] = []


class RelyingParty(_Camel):
    """Who asks."""

    id: str
    name: str


class PasskeyUser(_Camel):
    """Whom the authenticator keeps the passkey for."""

    id: str
    name: str
    display_name: str


class KeyKind(_Camel):
    """A kind of key that Plaza understands; ``alg`` is a COSE algorithm."""

    type: Literal["public-key"]
    alg: int


class AuthenticatorSelection(_Camel):
    """What an authenticator has to be able to do."""

    resident_key: str
    require_resident_key: bool
    user_verification: str


class CreationOptions(_Camel):
    """``PublicKeyCredentialCreationOptionsJSON``."""

    rp: RelyingParty
    user: PasskeyUser
    challenge: str
    pub_key_cred_params: list[KeyKind]
    timeout: int = Field(description="milliseconds")
    exclude_credentials: list[CredentialDescriptor]
    authenticator_selection: AuthenticatorSelection
    attestation: str


class RequestOptions(_Camel):
    """``PublicKeyCredentialRequestOptionsJSON``; no ``allowCredentials`` means: any passkey of this site."""

    challenge: str
    timeout: int = Field(description="milliseconds")
    rp_id: str
    allow_credentials: list[CredentialDescriptor]
    user_verification: str


class CreationChallenge(BaseModel):
    """What a new passkey has to be made from."""

    ticket: UUID
    expires_at: datetime
    options: CreationOptions


class RequestChallenge(BaseModel):
    """What a passkey has to sign."""

    ticket: UUID
    expires_at: datetime
    options: RequestOptions


class Attestation(_Camel):
    """``AuthenticatorAttestationResponseJSON``, as far as it is read."""

    client_data: Base64Url = Field(alias="clientDataJSON")
    attestation_object: Base64Url
    transports: list[Annotated[str, StringConstraints(max_length=32)]] = Field(default=[], max_length=10)


class Assertion(_Camel):
    """``AuthenticatorAssertionResponseJSON``."""

    client_data: Base64Url = Field(alias="clientDataJSON")
    authenticator_data: Base64Url
    signature: Base64Url
    user_handle: Base64Url | None = None


class NewCredential(_Camel):
    """``RegistrationResponseJSON``: what ``navigator.credentials.create()`` gave."""

    id: CredentialId
    raw_id: CredentialId
    type: Literal["public-key"]
    response: Attestation


class SignedCredential(_Camel):
    """``AuthenticationResponseJSON``: what ``navigator.credentials.get()`` gave."""

    id: CredentialId
    raw_id: CredentialId
    type: Literal["public-key"]
    response: Assertion


class NewPasskey(BaseModel):
    """A passkey that was made for a ticket."""

    ticket: UUID
    credential: NewCredential
    name: PasskeyName | None = Field(default=None, description="what the member calls the device")


class PasskeyWish(BaseModel):
    """A wish to log in: with nothing but a passkey, or with one as the second factor of ``ticket``."""

    model_config = ConfigDict(extra="forbid")

    ticket: UUID | None = None


class PasskeyAnswer(BaseModel):
    """What a passkey signed, for the ticket that came with the options."""

    ticket: UUID
    credential: SignedCredential


class PasskeyChange(BaseModel):
    """Another name."""

    model_config = ConfigDict(extra="forbid")

    name: PasskeyName


class PasskeyCard(BaseModel):
    """A passkey, as its owner sees it."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


class Passkeys(BaseModel):
    """All passkeys of a member, oldest first."""

    items: list[PasskeyCard]
