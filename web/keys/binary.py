"""Bytes in JSON: written in base64 (RFC 4648 §4), with lengths that count the bytes."""

import base64
import binascii
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from web.keys.curve import KEY_BYTES, is_public_key

LARGEST_CIPHERTEXT: Final = 16 * 1024
LARGEST_BACKUP: Final = 64 * 1024
_NONCE, _TAG = 24, 16  # bytes, of NaCl's crypto_box and crypto_secretbox


def _decode(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("this is not base64") from error


def encode(value: bytes) -> str:
    """Bytes as they stand in JSON."""
    return base64.b64encode(value).decode()


def _sound(key: bytes) -> bytes:
    if not is_public_key(key):
        raise ValueError("this is no public key of X25519, or one that everybody could open")
    return key


Base64 = Annotated[
    bytes,
    BeforeValidator(_decode),
    PlainSerializer(encode),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
PublicKey = Annotated[Base64, Field(min_length=KEY_BYTES, max_length=KEY_BYTES), AfterValidator(_sound)]
Nonce = Annotated[Base64, Field(min_length=_NONCE, max_length=_NONCE)]
Ciphertext = Annotated[Base64, Field(min_length=_TAG + 1, max_length=LARGEST_CIPHERTEXT)]
Salt = Annotated[Base64, Field(min_length=16, max_length=64)]
Blob = Annotated[Base64, Field(min_length=_TAG + 1, max_length=LARGEST_BACKUP)]
