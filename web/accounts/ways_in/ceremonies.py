"""The two ceremonies of Web Authentication (W3C, Level 2 §7): making a passkey, and signing with one.

Pure: options out, checked answers in. Every passkey is made to be found without a name (a resident key) by
somebody whom the authenticator knows (user verification), so that each is a whole way in.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, decode_credential_public_key, parse_client_data_json
from webauthn.helpers.decoded_public_key_to_cryptography import decoded_public_key_to_cryptography
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from web.accounts.errors import PasskeyRefused
from web.accounts.schemas.passkeys import CreationOptions, NewCredential, RequestOptions, SignedCredential
from web.accounts.second_factor.challenges import LIFETIME
from web.core.settings import Settings

NAME = "Plaza"
TRANSPORTS = frozenset(transport.value for transport in AuthenticatorTransport)
_TIMEOUT = int(LIFETIME.total_seconds() * 1000)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Known(Protocol):
    """A passkey that is kept."""

    credential_id: bytes
    transports: list[str]


class Ceremonies:
    """What browsers are asked, and whether what they answer is right, for the site at ``public_url``."""

    def __init__(self, settings: Settings) -> None:
        address = urlsplit(settings.public_url)
        port = address.port
        self._site = address.hostname or "localhost"
        has_port = port is not None and port != _DEFAULT_PORTS.get(address.scheme)
        self._origin = f"{address.scheme}://{self._site}" + (f":{port}" if has_port else "")

    def creation_options(
        self, nonce: bytes, account_id: UUID, username: str, nickname: str, known: Sequence[Known]
    ) -> CreationOptions:
        """How to make a passkey on an authenticator that has none of the known ones."""
        options = webauthn.generate_registration_options(
            rp_id=self._site,
            rp_name=NAME,
            user_id=account_id.bytes,
            user_name=username,
            user_display_name=nickname,
            challenge=nonce,
            timeout=_TIMEOUT,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
        )
        return CreationOptions.model_validate(options_to_json_dict(options))

    def request_options(
        self, nonce: bytes, known: Sequence[Known] = (), *, verifies_user: bool = True
    ) -> RequestOptions:
        """How to sign: with one of the known passkeys, or with any that the member picks."""
        verification = UserVerificationRequirement
        options = webauthn.generate_authentication_options(
            rp_id=self._site,
            challenge=nonce,
            timeout=_TIMEOUT,
            allow_credentials=_descriptors(known),
            user_verification=verification.REQUIRED if verifies_user else verification.PREFERRED,
        )
        return RequestOptions.model_validate(options_to_json_dict(options))

    def check_new(self, credential: NewCredential, nonce: bytes) -> VerifiedRegistration:
        """The new passkey in an answer to ``nonce``.

        Raises:
            PasskeyRefused
        """
        with _hostile_bytes():
            _refuse_frames(credential.response.client_data)
            made = webauthn.verify_registration_response(
                credential=credential.model_dump(by_alias=True),
                expected_challenge=nonce,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                require_user_verification=True,
            )
            # Or a key that is no point of its curve would be found out at log-in only.
            decoded_public_key_to_cryptography(decode_credential_public_key(made.credential_public_key))
        return made

    def check_signed(
        self, credential: SignedCredential, nonce: bytes, public_key: bytes, *, verifies_user: bool
    ) -> VerifiedAuthentication:
        """What a signature over ``nonce`` tells; its counter is the caller's to compare.

        Raises:
            PasskeyRefused
        """
        with _hostile_bytes():
            _refuse_frames(credential.response.client_data)
            return webauthn.verify_authentication_response(
                credential=credential.model_dump(by_alias=True),
                expected_challenge=nonce,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                credential_public_key=public_key,
                # The library would compare counters before it knows whose signature it is.
                credential_current_sign_count=0,
                require_user_verification=verifies_user,
            )


def id_of(credential: SignedCredential) -> bytes:
    """Which passkey signed.

    Raises:
        PasskeyRefused
    """
    with _hostile_bytes():
        return base64url_to_bytes(credential.raw_id)


def user_of(credential: SignedCredential) -> bytes | None:
    """For whom the authenticator says that it keeps the passkey.

    Raises:
        PasskeyRefused
    """
    with _hostile_bytes():
        handle = credential.response.user_handle
        return None if handle is None else base64url_to_bytes(handle)


@contextmanager
def _hostile_bytes() -> Iterator[None]:
    """Only for pure functions: whatever a parser of bytes from outside trips over is a refusal."""
    try:
        yield
    except Exception as error:
        raise PasskeyRefused() from error


def _refuse_frames(client_data: str) -> None:
    """Plaza is in nobody's frame (Level 2 §13.4.9)."""
    if parse_client_data_json(base64url_to_bytes(client_data)).cross_origin:
        raise PasskeyRefused()


def _descriptors(known: Sequence[Known]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[AuthenticatorTransport(name) for name in passkey.transports if name in TRANSPORTS],
        )
        for passkey in known
    ]
