"""What callers send and get about devices."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from pydantic import BaseModel, BeforeValidator, Field, model_validator

from web.accounts.schemas import Locale

DeviceType = Literal["ios", "android", "web"]
Service = Literal["web_push", "expo", "fcm"]

_EXPO_TOKEN = re.compile(r"Expo(nent)?PushToken\[[^\]\s]+\]")
_SECRET_LENGTH = 16  # bytes, RFC 8291 §3.2


def _decoded(value: object) -> object:
    """Base64url with or without padding, as browsers write keys."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64url") from error


KeyBytes = Annotated[bytes, BeforeValidator(_decoded), Field(json_schema_extra={"format": "base64url"})]


class SubscriptionKeys(BaseModel):
    """The keys of a push subscription, in base64url."""

    p256dh: KeyBytes = Field(description="an uncompressed point on P-256, 65 bytes")
    auth: KeyBytes = Field(min_length=_SECRET_LENGTH, max_length=_SECRET_LENGTH, description="16 bytes")

    @model_validator(mode="after")
    def _is_on_the_curve(self) -> Self:
        point = self.p256dh
        if len(point) != 65:
            raise ValueError("p256dh has 65 bytes")
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)  # ValueError for none of the curve
        return self


class Subscription(BaseModel):
    """What ``PushSubscription.toJSON()`` gives in a browser."""

    endpoint: str = Field(min_length=1, max_length=2000, pattern=r"^https?://[!-~]+$")
    keys: SubscriptionKeys


class NewDevice(BaseModel):
    """A device to be told on: a browser with its subscription, or an app with its token."""

    device_type: DeviceType
    token: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        pattern=r"^[!-~]+$",
        description="of an app: Expo's (``ExponentPushToken[…]``) or else Firebase's",
    )
    subscription: Subscription | None = Field(default=None, description="of a browser")
    device_id: str | None = Field(
        default=None, min_length=1, max_length=255, description="the app's own name for its installation"
    )
    app_version: str | None = Field(default=None, max_length=50)
    locale: Locale | None = Field(default=None, description="of the device; without it, the member's")

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.device_type == "web" and (self.subscription is None or self.token is not None):
            raise ValueError("a browser has a subscription and no token")
        if self.device_type != "web" and (self.token is None or self.subscription is not None):
            raise ValueError("an app has a token and no subscription")
        return self

    @property
    def service(self) -> Service:
        """What reaches it."""
        if self.subscription is not None:
            return "web_push"
        return "expo" if self.token and _EXPO_TOKEN.fullmatch(self.token) else "fcm"

    @property
    def address(self) -> str:
        """Where it is reached."""
        return self.subscription.endpoint if self.subscription is not None else self.token or ""


class DeviceItem(BaseModel):
    """A device that the caller is told on. Its address is shown to nobody."""

    id: UUID
    device_type: DeviceType
    device_id: str | None
    app_version: str | None
    locale: Locale | None
    service: Service
    is_current: bool = Field(description="whether this session registered it")
    created_at: datetime
    seen_at: datetime = Field(description="when it was registered last")


class Devices(BaseModel):
    """The caller's devices, the last seen first."""

    items: list[DeviceItem]


class DevicePath(BaseModel):
    """A device in an address."""

    device_id: UUID


class VapidKeyAnswer(BaseModel):
    """By which browsers know that a push is ours."""

    public_key: str = Field(description="an uncompressed point on P-256 in base64url: applicationServerKey")
