"""Time-based one-time passwords (RFC 6238) as every authenticator app has them: SHA-1, 30 s, six digits."""

from datetime import datetime

import pyotp
import segno
from pyotp.exceptions import OTPVerificationError

ISSUER = "Plaza"
DRIFT = 1  # steps that a clock may be off, either way (RFC 6238 §5.2)


def new_secret() -> str:
    """A shared secret of 160 bits (RFC 4226 §4 R6), in base32."""
    return pyotp.random_base32(32)


def code_at(secret: str, moment: datetime) -> str:
    """The code that an authenticator shows at a moment."""
    return pyotp.TOTP(secret).at(moment)


def step_of(secret: str, code: str, moment: datetime) -> int | None:
    """The time step that ``code`` belongs to; None when it is no code of around ``moment``."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=moment, valid_window=DRIFT)
    except OTPVerificationError:
        return None


def setup_uri(secret: str, name: str) -> str:
    """The ``otpauth:`` address from which an authenticator learns the secret (Key URI Format)."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def qr_svg(text: str) -> str:
    """A QR code as an ``svg`` element to put into a page: dark on white in any theme, no style, no script."""
    return segno.make(text, error="m", micro=False).svg_inline(scale=4, light="#fff")
