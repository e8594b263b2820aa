"""The second factor: authenticator codes, recovery codes, log-ins that ask for it."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.factories import PASSWORD, Person
from tests.web.conftest import Api
from tests.web.together import together
from web.accounts import jobs
from web.accounts.models import Challenge, RecoveryCode, SecurityEvent, Session, Totp
from web.accounts.second_factor import recovery_codes, totp
from web.accounts.second_factor.codes import SecondFactorCodes
from web.accounts.sessions.service import PROOF_LASTS, SessionService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.db import Base
from web.core.mail import OutboxMailer
from web.core.sealing import Unsealable
from web.core.settings import Settings
from web.core.throttle import Throttle

LOGIN = {"email": "mina@example.com", "password": PASSWORD}
STEP = timedelta(seconds=30)
# RFC 6238 appendix B, the lines for SHA-1. Six digits are the last six of its eight (RFC 4226 §5.3).
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.fixture(autouse=True)
def _still(clock: FixedClock) -> None:
    """Time stands still until a test moves on, a little behind, so that no token is from the future."""
    clock.moment -= timedelta(minutes=1)


@pytest.fixture
def owner(app: App, mina: Person) -> Person:
    """Mina, who just proved who she is."""
    with app.work() as services:
        services[SessionService].proved(mina.session_id)
    return mina


class App2fa:
    """An authenticator app that learned Mina's secret, and the recovery codes that she wrote down."""

    def __init__(self, api: Api, owner: Person, clock: FixedClock) -> None:
        self._clock = clock
        self.secret: str = api.post("/auth/2fa/setup", None, owner, status=200)["secret"]
        answer = api.post("/auth/2fa/enable", {"code": self.code()}, owner, status=200)
        self.recovery_codes: list[str] = answer["codes"]
        clock.moment += STEP  # the code that enabled it is used

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or some steps later."""
        return totp.code_at(self.secret, self._clock.now() + steps * STEP)

    def wrong_code(self) -> str:
        """Six digits that it does not show around now."""
        shown = {self.code(steps) for steps in range(-2, 3)}
        return next(code for code in (f"{number:06d}" for number in range(10)) if code not in shown)


@pytest.fixture
def phone(api: Api, owner: Person, clock: FixedClock) -> App2fa:
    """The second factor is on."""
    return App2fa(api, owner, clock)


def log_in(api: Api) -> str:
    """The ticket that address and password get."""
    answer = api.post("/auth/login", LOGIN, status=200)
    assert "access_token" not in answer
    return str(answer["ticket"])


def error_of(answer: Any) -> str:
    return str(answer["error"]["code"])


@pytest.mark.parametrize(("seconds", "digits"), RFC_VECTORS)
def test_codes_agree_with_rfc_6238(seconds: int, digits: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(RFC_SECRET, moment) == digits[-6:]
    assert totp.step_of(RFC_SECRET, digits[-6:], moment) == seconds // 30


@pytest.mark.parametrize(("drift", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(drift: int, is_right: bool) -> None:
    moment = datetime(2026, 5, 17, tzinfo=UTC)
    step = totp.step_of(RFC_SECRET, totp.code_at(RFC_SECRET, moment + drift * STEP), moment)
    assert (step is not None) is is_right


def test_setup_shows_the_secret_as_text_address_and_picture(api: Api, owner: Person) -> None:
    answer = api.post("/auth/2fa/setup", None, owner, status=200)
    assert len(base64.b32decode(answer["secret"])) == 20
    assert answer["uri"] == f"otpauth://totp/Plaza:mina?secret={answer['secret']}&issuer=Plaza"
    assert re.match(r"<svg [^>]*>", answer["qr_svg"])
    assert "<script" not in answer["qr_svg"]
    assert "style=" not in answer["qr_svg"]


def test_a_secret_counts_only_once_a_code_of_it_came_back(api: Api, owner: Person) -> None:
    api.post("/auth/2fa/setup", None, owner, status=200)
    assert "access_token" in api.post("/auth/login", LOGIN, status=200)
    wrong = api.post("/auth/2fa/enable", {"code": "000000"}, owner, status=422)
    assert error_of(wrong) == "INVALID_SECOND_FACTOR"
    assert api.get("/auth/2fa", owner) == {
        "on_since": None,
        "totp": False,
        "passkeys": 0,
        "recovery_codes_left": 0,
    }


def test_another_setup_makes_the_secret_before_worthless(api: Api, owner: Person, clock: FixedClock) -> None:
    first = api.post("/auth/2fa/setup", None, owner, status=200)["secret"]
    api.post("/auth/2fa/setup", None, owner, status=200)
    api.post("/auth/2fa/enable", {"code": totp.code_at(first, clock.now())}, owner, status=422)


def test_with_the_second_factor_on_a_password_alone_gets_no_tokens(api: Api, phone: App2fa) -> None:
    answer = api.post("/auth/login", LOGIN, status=200)
    assert answer["second_factor"] == ["totp", "recovery_code"]
    assert answer.keys() == {"second_factor", "ticket", "expires_at"}


def test_a_code_of_the_app_finishes_the_log_in(
    api: Api, phone: App2fa, mina: Person, owner_engine: sa.Engine
) -> None:
    answer = api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": phone.code()}, status=200)
    assert answer["user"]["id"] == str(mina.id)
    assert answer["user"]["second_factor"] is True
    api.get("/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}"})
    with owner_engine.connect() as connection:
        methods = connection.scalars(sa.select(Session.methods).order_by(Session.created_at.desc())).first()
    assert methods == ["pwd", "otp"]


@pytest.mark.parametrize("written", ["{0} {1}", " {0}-{1} "])
def test_a_code_may_be_typed_as_it_is_shown(api: Api, phone: App2fa, written: str) -> None:
    code = phone.code()
    answer = {"ticket": log_in(api), "code": written.format(code[:3], code[3:])}
    api.post("/auth/2fa/verify", answer, status=200)


def test_a_code_works_once_also_with_another_ticket(api: Api, phone: App2fa, clock: FixedClock) -> None:
    code = phone.code()
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": code}, status=200)
    again = api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": code}, status=422)
    assert error_of(again) == "INVALID_SECOND_FACTOR"
    clock.moment += STEP
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": code}, status=422)
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": phone.code()}, status=200)


def test_after_a_newer_code_an_older_one_is_refused(api: Api, phone: App2fa) -> None:
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": phone.code(1)}, status=200)
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": phone.code()}, status=422)


def test_the_code_that_turned_it_on_does_not_log_in(api: Api, owner: Person, clock: FixedClock) -> None:
    secret = api.post("/auth/2fa/setup", None, owner, status=200)["secret"]
    code = totp.code_at(secret, clock.now())
    api.post("/auth/2fa/enable", {"code": code}, owner, status=200)
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": code}, status=422)


def test_of_parallel_tries_with_one_code_one_wins(api: Api, phone: App2fa) -> None:
    code, tickets = phone.code(), [log_in(api) for _ in range(4)]

    def verify(ticket: str) -> int:
        return int(api.call("POST", "/auth/2fa/verify", json={"ticket": ticket, "code": code}).status_int)

    assert sorted(together([lambda ticket=ticket: verify(ticket) for ticket in tickets])) == [
        200,
        422,
        422,
        422,
    ]


def test_of_parallel_answers_to_one_ticket_one_wins(api: Api, phone: App2fa) -> None:
    ticket, codes = log_in(api), [phone.code(), phone.code(1), *phone.recovery_codes[:2]]

    def verify(code: str) -> int:
        return int(api.call("POST", "/auth/2fa/verify", json={"ticket": ticket, "code": code}).status_int)

    assert sorted(together([lambda code=code: verify(code) for code in codes])) == [200, 422, 422, 422]


def test_a_ticket_takes_five_tries_and_says_how_many_are_left(api: Api, phone: App2fa) -> None:
    ticket = log_in(api)
    for left in (4, 3, 2, 1, 0):
        wrong = api.post("/auth/2fa/verify", {"ticket": ticket, "code": phone.wrong_code()}, status=422)
        assert wrong["error"]["details"] == {"tries_left": left}
    over = api.post("/auth/2fa/verify", {"ticket": ticket, "code": phone.code()}, status=422)
    assert error_of(over) == "LOG_IN_EXPIRED"


def test_a_ticket_ends_after_five_minutes(api: Api, phone: App2fa, clock: FixedClock) -> None:
    ticket = log_in(api)
    clock.moment += timedelta(minutes=5)
    late = api.post("/auth/2fa/verify", {"ticket": ticket, "code": phone.code()}, status=422)
    assert error_of(late) == "LOG_IN_EXPIRED"


def test_a_ticket_works_once_and_a_made_up_one_never(api: Api, phone: App2fa, clock: FixedClock) -> None:
    ticket = log_in(api)
    api.post("/auth/2fa/verify", {"ticket": ticket, "code": phone.code()}, status=200)
    for spent in (ticket, str(uuid4())):
        answer = api.post("/auth/2fa/verify", {"ticket": spent, "code": phone.code(1)}, status=422)
        assert error_of(answer) == "LOG_IN_EXPIRED"


def test_new_tickets_give_no_new_guesses(api: Api, phone: App2fa, app: App, settings: Settings) -> None:
    tickets = [log_in(api) for _ in range(4)]
    unlimited = app.value(Throttle)
    limits = replace(settings.limits, login="3/15 minute")
    app.add_value(Throttle, Throttle(replace(settings, limits=limits), app.valkey))
    try:
        for ticket in tickets[:3]:
            api.post("/auth/2fa/verify", {"ticket": ticket, "code": phone.wrong_code()}, status=422)
        refused = api.call("POST", "/auth/2fa/verify", json={"ticket": tickets[3], "code": phone.code()})
    finally:
        app.add_value(Throttle, unlimited)
    assert refused.status_int == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_recovery_codes_have_112_bits_and_can_be_read_aloud() -> None:
    codes = recovery_codes.new_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}", code)


def test_a_recovery_code_works_once_however_it_is_typed(api: Api, phone: App2fa) -> None:
    code = phone.recovery_codes[3]
    typed = code.upper().replace("-", " ").replace("0", "O").replace("1", "I")
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": typed}, status=200)
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": code}, status=422)
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": phone.recovery_codes[4]}, status=200)


def test_the_use_of_a_recovery_code_is_mailed_with_how_many_are_left(
    api: Api, phone: App2fa, app: App, run_jobs: Callable[[], int], owner_engine: sa.Engine
) -> None:
    run_jobs()
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": phone.recovery_codes[0]}, status=200)
    run_jobs()
    assert isinstance(app.mailer, OutboxMailer)
    mail = app.mailer.newest()[0]
    assert mail.to == "mina@example.com"
    assert re.search(r"\b9\b", mail.text)
    assert "recovery_code_used" in kinds(owner_engine)


def test_new_recovery_codes_end_the_ones_before(api: Api, phone: App2fa, owner: Person) -> None:
    new = api.post("/auth/2fa/recovery-codes", None, owner, status=200)["codes"]
    assert len(new) == 10
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": phone.recovery_codes[0]}, status=422)
    api.post("/auth/2fa/verify", {"ticket": log_in(api), "code": new[0]}, status=200)
    assert api.get("/auth/2fa", owner)["recovery_codes_left"] == 9


def test_nothing_that_is_stored_can_be_read(
    api: Api, phone: App2fa, mina: Person, owner_engine: sa.Engine
) -> None:
    with owner_engine.connect() as connection:
        sealed = connection.scalar(sa.select(Totp.sealed_secret))
        hashes = connection.scalars(sa.select(RecoveryCode.code_hash)).all()
        everything = str(
            [connection.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables]
        )
    assert sealed is not None
    for secret in (phone.secret.encode(), base64.b32decode(phone.secret)):
        assert secret not in sealed
    assert len(hashes) == 10
    for secret_text in (phone.secret, *phone.recovery_codes):
        assert secret_text not in everything
        assert secret_text.replace("-", "") not in everything


def test_answers_with_secrets_are_not_kept_for_a_repeated_key(
    api: Api, owner: Person, owner_engine: sa.Engine
) -> None:
    answer = api.post("/auth/2fa/setup", None, owner, status=200, headers={"Idempotency-Key": "once"})
    with owner_engine.connect() as connection:
        stored = str(connection.execute(sa.text("SELECT * FROM idempotency_keys")).all())
    assert answer["secret"] not in stored


def test_a_sealed_secret_is_worth_nothing_in_another_account(
    api: Api, phone: App2fa, joon: Person, app: App, owner_engine: sa.Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.update(Totp).values(account_id=joon.id))
    with app.work() as services, pytest.raises(Unsealable):
        services[SecondFactorCodes].use(joon.id, phone.code())


def test_turning_it_off_forgets_the_app_and_the_codes(
    api: Api, phone: App2fa, owner: Person, owner_engine: sa.Engine
) -> None:
    api.post("/auth/2fa/disable", None, owner, status=204)
    assert "access_token" in api.post("/auth/login", LOGIN, status=200)
    with owner_engine.connect() as connection:
        left = [
            connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Totp, RecoveryCode)
        ]
    assert left == [0, 0]
    assert error_of(api.post("/auth/2fa/disable", None, owner, status=409)) == "SECOND_FACTOR_OFF"


def test_an_answer_to_a_factor_that_was_turned_off_meanwhile_is_refused(
    api: Api, phone: App2fa, owner: Person
) -> None:
    ticket = log_in(api)
    api.post("/auth/2fa/disable", None, owner, status=204)
    api.post("/auth/2fa/verify", {"ticket": ticket, "code": phone.code()}, status=422)


def test_a_second_app_needs_the_first_to_be_turned_off(api: Api, phone: App2fa, owner: Person) -> None:
    for path, body in (("setup", None), ("enable", {"code": phone.code()}), ("enable", {})):
        answer = api.post(f"/auth/2fa/{path}", body, owner, status=409)
        assert error_of(answer) == "SECOND_FACTOR_ALREADY_ON"


@pytest.mark.parametrize("body", [{}, {"method": "passkey"}, {"code": "123456"}])
def test_without_app_and_passkey_there_is_nothing_to_turn_on(
    api: Api, owner: Person, body: dict[str, str]
) -> None:
    assert error_of(api.post("/auth/2fa/enable", body, owner, status=409)) == "NO_SECOND_FACTOR"


@pytest.mark.parametrize(
    "body", [{"method": "totp"}, {"method": "passkey", "code": "123456"}, {"code": "12"}, {"more": 1}]
)
def test_a_wish_that_contradicts_itself_is_refused(api: Api, owner: Person, body: dict[str, str]) -> None:
    assert error_of(api.post("/auth/2fa/enable", body, owner, status=422)) == "VALIDATION_FAILED"


def test_new_recovery_codes_need_the_second_factor_to_be_on(api: Api, owner: Person) -> None:
    assert error_of(api.post("/auth/2fa/recovery-codes", None, owner, status=409)) == "SECOND_FACTOR_OFF"


@pytest.mark.parametrize(
    ("path", "body"),
    [("setup", None), ("enable", {"code": "123456"}), ("disable", None), ("recovery-codes", None)],
)
def test_changes_need_a_recent_proof(
    api: Api, phone: App2fa, owner: Person, clock: FixedClock, path: str, body: Any
) -> None:
    clock.moment += PROOF_LASTS
    answer = api.post(f"/auth/2fa/{path}", body, owner, status=403)
    assert error_of(answer) == "REAUTHENTICATION_REQUIRED"


def test_a_code_proves_once_more_who_one_is(
    api: Api, phone: App2fa, owner: Person, clock: FixedClock
) -> None:
    clock.moment += PROOF_LASTS
    wrong = api.post("/auth/reauthenticate", {"code": phone.wrong_code()}, owner, status=422)
    assert error_of(wrong) == "INVALID_SECOND_FACTOR"
    api.post("/auth/2fa/recovery-codes", None, owner, status=403)
    api.post("/auth/reauthenticate", {"code": phone.code()}, owner, status=204)
    api.post("/auth/2fa/recovery-codes", None, owner, status=200)


def test_open_sessions_stay_open_and_the_owner_is_told(
    api: Api, phone: App2fa, owner: Person, owner_engine: sa.Engine
) -> None:
    api.get("/auth/me", owner)
    assert "second_factor_on" in kinds(owner_engine)


def test_tickets_that_nobody_used_go(
    app: App, api: Api, phone: App2fa, clock: FixedClock, owner_engine: sa.Engine
) -> None:
    early = log_in(api)
    clock.moment += jobs.PROOFS_COUNT + timedelta(minutes=6)
    late = log_in(api)
    with app.work() as services:
        jobs.clean_up(services)
    with owner_engine.connect() as connection:
        assert connection.scalars(sa.select(Challenge.id)).all() == [UUID(late)]
    assert early != late


def kinds(engine: sa.Engine) -> list[str]:
    """What was noted for members, oldest first."""
    with engine.connect() as connection:
        return [*connection.scalars(sa.select(SecurityEvent.kind).order_by(SecurityEvent.occurred_at))]
