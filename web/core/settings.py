"""Typed settings, read once at boot from the environment.

In development, variables that are not in the environment come from ``$PLAZA_VAR/runtime.json``, which the
embedded servers write. Production reads the environment alone and refuses development secrets.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

DEVELOPMENT_SECRET_MARK = "development-"  # noqa: S105 - how such secrets begin
MINIMUM_SECRET_LENGTH = 32
GOOGLE_JWKS_URL = "https://www.googleapis.com/oauth2/v3/certs"
FCM_URL = "https://fcm.googleapis.com"
EXPO_URL = "https://exp.host"

Environment = Literal["development", "production", "test"]


class SettingsError(Exception):
    """The configuration cannot be used; the message names every variable at fault."""


@dataclass(frozen=True)
class Limits:
    """Requests allowed per caller, in the notation of the ``limits`` package.

    Attributes:
        requests: to follow and for friendship, of one member.
        longest_pause: seconds; how far the pause after a failed attempt grows. 0 means no pauses.
    """

    auth: str = "5/minute"
    reads: str = "100/minute"
    writes: str = "30/minute"
    login: str = "5/15 minute"
    reset: str = "3/hour"
    otp: str = "5/hour"
    uploads: str = "10/hour"
    ai: str = "20/hour"
    requests: str = "30/hour"
    longest_pause: int = 60


@dataclass(frozen=True)
class Bucket:
    """Where members' files are, when they are not in a local folder.

    Attributes:
        endpoint: ``https://host`` of a service that speaks S3's protocol; '' is Amazon itself.
        access_key_id: '' uses what the machine is allowed to (a role, an instance profile).
    """

    name: str
    endpoint: str = ""
    region: str = "us-east-1"
    access_key_id: str = ""
    secret_access_key: str = ""

    @property
    def origin(self) -> str:
        """Scheme and host that browsers fetch files from."""
        return self.endpoint.rstrip("/") or f"https://{self.name}.s3.{self.region}.amazonaws.com"


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one installation and another.

    Attributes:
        database_url: libpq URL of role ``plaza_web``.
        owner_database_url: libpq URL of role ``plaza_owner``, for migrations only.
        pool_size: connections per pool; at least the greenlets that one pool serves at a time.
        pool_timeout: seconds a request waits for a connection before it answers 503.
        job_lease: seconds a worker may take for a job before another one may.
        signalling_timeout: seconds; Valkey or the broker being away must never hang a request.
        notes_seconds: how long views, visits, impressions and uses of sessions are gathered in memory before
            they are written together.
        secret: signs cookies, cursors and CSRF tokens.
        signing_keys: path of the JSON key ring for access tokens.
        sms_url: ``https://ACCOUNT_SID:AUTH_TOKEN@api.twilio.com``; '' writes messages to the outbox.
        sms_per_hour: messages that all of Plaza may send in an hour, the cap on what they cost.
        google_client_ids: whose sign-ins are taken (the ``aud`` of their tokens); none turns it off.
        analytics_url: where browsers reach the analytics API ('' = same origin).
        realtime_url: where browsers reach the sockets ('' = same origin).
        bucket: where members' files are; None keeps them below ``var``.
        realtime_port: where the first socket process listens; further ones, on the ports after it.
        realtime_processes: how many socket processes a stack runs.
        ws_echo: serve ``/ws/echo``, which is for measuring and testing the protocol only.
        push: ``send`` hands notifications to the push services; ``outbox`` writes them to the outbox.
        vapid_key: path of the private key that Web Push is signed with; without the file it is not offered.
        fcm_credentials: path of the JSON key of a Google service account; None turns FCM off.
        expo_access_token: '' unless the Expo project asks for one.
        ice_urls: ``stun:``, ``turn:`` and ``turns:`` addresses that browsers need for calls.
        turn_secret: shared with those relays, which know by it whom they may serve.
        webrtc_direct: calls between strangers need no relay, and show them each other's addresses.
        word_lists: folder of TOML files by language that stand in for Plaza's (``web/moderation/words``).
    """

    environment: Environment
    var: Path
    database_url: str
    valkey_url: str
    secret: str
    signing_keys: Path
    public_url: str
    web_port: int
    realtime_port: int
    owner_database_url: str = ""
    pipeline_database_url: str = ""
    analytics_url: str = ""
    realtime_url: str = ""
    cors_origins: tuple[str, ...] = ()
    valkey_prefix: str = "plaza:"
    pool_size: int = 16
    pool_timeout: float = 3.0
    job_lease: float = 60.0
    signalling_timeout: float = 0.3
    notes_seconds: float = 5.0
    access_token_minutes: int = 60
    refresh_token_days: int = 30
    mail_from: str = "Plaza <no-reply@localhost>"
    smtp_url: str = ""
    sms_url: str = ""
    sms_from: str = ""
    sms_per_hour: int = 200
    google_client_ids: tuple[str, ...] = ()
    google_jwks_url: str = GOOGLE_JWKS_URL
    push: Literal["send", "outbox"] = "outbox"
    vapid_key: Path | None = None
    fcm_credentials: Path | None = None
    fcm_url: str = FCM_URL
    expo_access_token: str = ""
    expo_url: str = EXPO_URL
    bucket: Bucket | None = None
    word_lists: Path | None = None
    realtime_processes: int = 1
    ws_echo: bool = False
    ice_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    webrtc_direct: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_secure(self) -> bool:
        """Whether people reach Plaza over TLS; then all of what they send came over it."""
        return self.public_url.startswith("https://")

    @classmethod
    def load(cls, overrides: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from the environment (and, outside production, ``runtime.json``).

        Args:
            overrides: variables that win over both, under the same ``PLAZA_*`` names.
        Raises:
            SettingsError: naming each variable that is missing or may not be used.
        """
        environ = {**os.environ, **(overrides or {})}
        environment = environ.get("PLAZA_ENV", "development")
        if environment not in ("development", "production", "test"):
            raise SettingsError(f"PLAZA_ENV is {environment!r}; it is development, production or test")
        var = Path(environ.get("PLAZA_VAR", "var")).absolute()
        if environment != "production":
            environ = {**_runtime_defaults(var), **environ}

        missing = [name for name in _REQUIRED if not environ.get(name)]
        if missing:
            hint = "" if environment == "production" else " (is Plaza up? `plaza up` starts its servers)"
            raise SettingsError(f"missing settings: {', '.join(missing)}{hint}")
        if environment == "production":
            _refuse_development_secrets(environ)

        web_port = int(environ.get("PLAZA_WEB_PORT", "8000"))
        front_port = environ.get("PLAZA_FRONT_PORT", "8080")
        return cls(
            environment=environment,  # type: ignore[arg-type]  # checked against the three names above
            var=var,
            database_url=environ["PLAZA_DATABASE_URL"],
            owner_database_url=environ.get("PLAZA_OWNER_DATABASE_URL", ""),
            pipeline_database_url=environ.get("PLAZA_PIPELINE_DATABASE_URL", ""),
            valkey_url=environ["PLAZA_VALKEY_URL"],
            valkey_prefix=environ.get("PLAZA_VALKEY_PREFIX", "plaza:"),
            secret=environ["PLAZA_SECRET"],
            signing_keys=Path(environ.get("PLAZA_SIGNING_KEYS", str(var / "signing_keys.json"))),
            public_url=environ.get("PLAZA_PUBLIC_URL", f"http://localhost:{front_port}").rstrip("/"),
            analytics_url=environ.get("PLAZA_ANALYTICS_URL", "").rstrip("/"),
            realtime_url=environ.get("PLAZA_REALTIME_URL", "").rstrip("/"),
            web_port=web_port,
            realtime_port=int(environ.get("PLAZA_REALTIME_PORT", "8002")),
            realtime_processes=int(environ.get("PLAZA_REALTIME_PROCESSES", "1")),
            ws_echo=environ.get("PLAZA_WS_ECHO", "") == "1",
            ice_urls=_ice_urls(environ),
            turn_secret=environ.get("PLAZA_TURN_SECRET", ""),
            webrtc_direct=environ.get("PLAZA_WEBRTC_DIRECT", "") == "1",
            cors_origins=tuple(filter(None, environ.get("PLAZA_CORS_ORIGINS", "").split(","))),
            pool_size=int(environ.get("PLAZA_POOL_SIZE", "16")),
            pool_timeout=float(environ.get("PLAZA_POOL_TIMEOUT", "3")),
            job_lease=float(environ.get("PLAZA_JOB_LEASE", "60")),
            mail_from=environ.get("PLAZA_MAIL_FROM", "Plaza <no-reply@localhost>"),
            smtp_url=environ.get("PLAZA_SMTP_URL", ""),
            bucket=_bucket(environ),
            word_lists=Path(environ["PLAZA_WORD_LISTS"]) if environ.get("PLAZA_WORD_LISTS") else None,
            limits=Limits(
                auth=environ.get("PLAZA_LIMIT_AUTH", Limits.auth),
                reads=environ.get("PLAZA_LIMIT_READS", Limits.reads),
                writes=environ.get("PLAZA_LIMIT_WRITES", Limits.writes),
                login=environ.get("PLAZA_LIMIT_LOGIN", Limits.login),
                reset=environ.get("PLAZA_LIMIT_RESET", Limits.reset),
                otp=environ.get("PLAZA_LIMIT_OTP", Limits.otp),
                uploads=environ.get("PLAZA_LIMIT_UPLOADS", Limits.uploads),
                ai=environ.get("PLAZA_LIMIT_AI", Limits.ai),
                requests=environ.get("PLAZA_LIMIT_REQUESTS", Limits.requests),
                longest_pause=int(environ.get("PLAZA_LONGEST_PAUSE", Limits.longest_pause)),
            ),
            sms_url=environ.get("PLAZA_SMS_URL", ""),
            sms_from=environ.get("PLAZA_SMS_FROM", ""),
            sms_per_hour=int(environ.get("PLAZA_SMS_PER_HOUR", "200")),
            google_client_ids=tuple(filter(None, environ.get("PLAZA_GOOGLE_CLIENT_IDS", "").split(","))),
            google_jwks_url=environ.get("PLAZA_GOOGLE_JWKS_URL", GOOGLE_JWKS_URL),
            push=_push(environ, environment),
            vapid_key=Path(environ.get("PLAZA_VAPID_KEY") or var / "vapid_key.pem"),
            fcm_credentials=_path(environ, "PLAZA_FCM_CREDENTIALS"),
            fcm_url=environ.get("PLAZA_FCM_URL", FCM_URL).rstrip("/"),
            expo_access_token=environ.get("PLAZA_EXPO_ACCESS_TOKEN", ""),
            expo_url=environ.get("PLAZA_EXPO_URL", EXPO_URL).rstrip("/"),
        )


# RFC 7064 and 7065: a host, perhaps a port, and for relays perhaps the transport.
_ICE_URL = re.compile(r"(?:stuns?:[^\s/?#@]+|turns?:[^\s/?#@]+(?:\?transport=(?:udp|tcp))?)", re.ASCII)
_REQUIRED = ("PLAZA_DATABASE_URL", "PLAZA_VALKEY_URL", "PLAZA_SECRET")


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None


def _push(environ: Mapping[str, str], environment: str) -> Literal["send", "outbox"]:
    wanted = environ.get("PLAZA_PUSH") or ("send" if environment == "production" else "outbox")
    if wanted not in ("send", "outbox"):
        raise SettingsError(f"PLAZA_PUSH is {wanted!r}; it is send or outbox")
    return wanted  # type: ignore[return-value]  # one of the two names above


def _ice_urls(environ: Mapping[str, str]) -> tuple[str, ...]:
    urls = tuple(filter(None, map(str.strip, environ.get("PLAZA_ICE_URLS", "").split(","))))
    for url in urls:  # one that browsers cannot read makes them refuse all of them
        if not _ICE_URL.fullmatch(url):
            raise SettingsError(f"PLAZA_ICE_URLS has {url!r}; addresses begin with stun:, turn: or turns:")
    if any(url.startswith("turn") for url in urls) and not environ.get("PLAZA_TURN_SECRET"):
        raise SettingsError("missing settings: PLAZA_TURN_SECRET (PLAZA_ICE_URLS names a relay)")
    return urls


def _bucket(environ: Mapping[str, str]) -> Bucket | None:
    name = environ.get("PLAZA_S3_BUCKET", "")
    if not name:
        return None
    return Bucket(
        name=name,
        endpoint=environ.get("PLAZA_S3_ENDPOINT", "").rstrip("/"),
        region=environ.get("PLAZA_S3_REGION", Bucket.region),
        access_key_id=environ.get("PLAZA_S3_ACCESS_KEY_ID", ""),
        secret_access_key=environ.get("PLAZA_S3_SECRET_ACCESS_KEY", ""),
    )


def _runtime_defaults(var: Path) -> dict[str, str]:
    path = var / "runtime.json"
    if not path.exists():
        return {}
    content: dict[str, str] = json.loads(path.read_text())
    return content


def _refuse_development_secrets(environ: Mapping[str, str]) -> None:
    secret = environ["PLAZA_SECRET"]
    if secret.startswith(DEVELOPMENT_SECRET_MARK) or len(secret) < MINIMUM_SECRET_LENGTH:
        raise SettingsError(
            f"PLAZA_SECRET must be your own in production, {MINIMUM_SECRET_LENGTH} characters or more"
        )
    for name in ("PLAZA_SIGNING_KEYS", "PLAZA_PUBLIC_URL", "PLAZA_SMTP_URL"):
        if not environ.get(name):
            raise SettingsError(f"missing settings: {name}")
    if not environ["PLAZA_PUBLIC_URL"].startswith("https://"):
        raise SettingsError("PLAZA_PUBLIC_URL must start with https:// in production")
