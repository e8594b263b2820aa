"""What callers send and get about keys and sealed messages."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from web.accounts.schemas import MemberCard
from web.core.pagination import PageQuery
from web.keys.binary import Base64, Blob, Ciphertext, Nonce, PublicKey, Salt

MOST_DEVICES: Final = 5


class DevicePath(BaseModel):
    """A device of the caller's in an address."""

    device_id: UUID


class NewDeviceKey(BaseModel):
    """The key of a device; the same ``device_id`` with another key rotates it."""

    model_config = ConfigDict(extra="forbid")

    device_id: UUID = Field(description="made by the device once, at random")
    public_key: PublicKey = Field(description="X25519, 32 bytes")
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] | None = Field(
        default=None, description="only the caller ever reads it"
    )


class OwnDevice(BaseModel):
    """A device of the caller's."""

    device_id: UUID
    public_key: Base64
    name: str | None
    created_at: datetime
    rotated_at: datetime = Field(description="since when it has this key")
    next_rotation_at: datetime = Field(description="when it should have a new one")


class OwnKeys(BaseModel):
    """The caller's devices, oldest first."""

    devices: list[OwnDevice]
    has_backup: bool


class PeerDevice(BaseModel):
    """A device to seal messages for."""

    user_id: UUID
    device_id: UUID
    public_key: Base64


class MemberKeys(BaseModel):
    """To whose and to which devices messages for a member are sealed; none: the member reads none yet."""

    user_id: UUID
    devices: list[PeerDevice]


class SafetyNumber(BaseModel):
    """What the caller and a member compare; clients compute it themselves, a server's word proves nothing."""

    user_id: UUID
    number: str = Field(description="60 digits, shown in groups of five", pattern=r"^\d{60}$")


class Argon2id(BaseModel):
    """Argon2id (RFC 9106), no weaker than OWASP's Password Storage Cheat Sheet asks for."""

    model_config = ConfigDict(extra="forbid")

    name: Literal["argon2id"]
    salt: Salt
    memory_kib: int = Field(ge=19 * 1024, le=2**22)
    iterations: int = Field(ge=2, le=1_000)
    parallelism: int = Field(ge=1, le=64)


class Scrypt(BaseModel):
    """scrypt (RFC 7914), likewise."""

    model_config = ConfigDict(extra="forbid")

    name: Literal["scrypt"]
    salt: Salt
    n: int = Field(ge=2**17, le=2**24, multiple_of=2**17, description="a power of two")
    r: int = Field(ge=8, le=64)
    p: int = Field(ge=1, le=64)


class Pbkdf2(BaseModel):
    """PBKDF2 with HMAC-SHA-256 (RFC 8018), which browsers have built in, likewise."""

    model_config = ConfigDict(extra="forbid")

    name: Literal["pbkdf2-sha256"]
    salt: Salt
    iterations: int = Field(ge=600_000, le=100_000_000)


class RandomKey(BaseModel):
    """None: the recovery key is 32 random bytes that the member keeps, which nobody can guess."""

    model_config = ConfigDict(extra="forbid")

    name: Literal["none"]


Kdf = Annotated[Argon2id | Scrypt | Pbkdf2 | RandomKey, Field(discriminator="name")]


class NewKeyBackup(BaseModel):
    """Secret keys, sealed on the device under a recovery key that never leaves it."""

    model_config = ConfigDict(extra="forbid")

    blob: Blob = Field(description="nonce and ciphertext, in whatever form the clients agree on")
    kdf: Kdf = Field(description="how the recovery key is made from what the member knows")


class KeyBackupState(BaseModel):
    """When the backup was made."""

    created_at: datetime
    updated_at: datetime


class KeyBackup(KeyBackupState):
    """The caller's backup."""

    blob: Base64
    kdf: Kdf


class ExchangePath(BaseModel):
    """A key exchange in an address."""

    exchange_id: UUID


class NewExchange(BaseModel):
    """With whom to exchange keys."""

    model_config = ConfigDict(extra="forbid")

    recipient_id: UUID
    public_key: PublicKey = Field(description="of the device that asks")


class ExchangeAnswer(BaseModel):
    """The answer to somebody who wants to exchange keys."""

    model_config = ConfigDict(extra="forbid")

    public_key: PublicKey = Field(description="of the device that agrees")


class ExchangeQuery(PageQuery):
    """Which exchanges to list."""

    status: Literal["pending", "completed"] | None = None


class Exchange(BaseModel):
    """An exchange of keys as the caller sees it; once completed, the two write each other sealed messages."""

    id: UUID
    peer: MemberCard
    direction: Literal["sent", "received"]
    status: Literal["pending", "completed"]
    initiator_public_key: Base64
    recipient_public_key: Base64 | None
    unread: int = Field(description="sealed messages of the peer's that the caller has not read")
    created_at: datetime
    completed_at: datetime | None


class SecretPath(BaseModel):
    """A sealed message in an address."""

    secret_id: UUID


class SecretItemQuery(BaseModel):
    """For which device to read a message."""

    device_id: UUID | None = Field(default=None, description="the caller's device that will open it")


class NewCopy(BaseModel):
    """A message sealed to one device with NaCl's ``crypto_box``."""

    model_config = ConfigDict(extra="forbid")

    public_key: PublicKey = Field(description="of the device that can open it")
    nonce: Nonce = Field(description="24 bytes, never used twice")
    ciphertext: Ciphertext


class NewSecretMessage(BaseModel):
    """A message: one copy for each device of the recipient and each other device of the caller's."""

    model_config = ConfigDict(extra="forbid")

    client_id: UUID = Field(description="the same sent again is the same message")
    recipient_id: UUID
    sender_public_key: PublicKey = Field(description="of the device that sends")
    copies: list[NewCopy] = Field(min_length=1, max_length=2 * MOST_DEVICES)

    @field_validator("copies")
    @classmethod
    def _one_for_each(cls, copies: list[NewCopy]) -> list[NewCopy]:
        if len({copy.public_key for copy in copies}) < len(copies):
            raise ValueError("a device gets one copy")
        return copies


class SealedCopy(BaseModel):
    """A message as it was sealed to one device."""

    device_id: UUID
    public_key: Base64 = Field(description="the key of the device at that time")
    nonce: Base64
    ciphertext: Base64


class SecretMessage(BaseModel):
    """The outside of a sealed message."""

    id: UUID
    client_id: UUID
    sender_id: UUID
    recipient_id: UUID
    sender_public_key: Base64
    created_at: datetime
    delivered_at: datetime | None
    read_at: datetime | None


class SecretItem(SecretMessage):
    """A sealed message, and what one device can open of it."""

    sealed: SealedCopy | None = Field(
        description="null on the device that sent it, and on one that came later or was not named"
    )


class SecretQuery(PageQuery):
    """Whose messages to list, and for which device."""

    peer: UUID = Field(description="with whom")
    device_id: UUID | None = Field(default=None, description="the caller's device that will open them")
