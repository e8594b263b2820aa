"""Passkeys: adding them, logging in with nothing else, and as a second factor."""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import cbor2
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.authenticator import Authenticator, decoded, encoded
from tests.factories import PASSWORD, Person
from tests.web.conftest import Api
from tests.web.together import together
from web.accounts.models import Email, Passkey, SecurityEvent, Session
from web.accounts.second_factor import totp
from web.accounts.sessions.service import PROOF_LASTS, SessionService
from web.core.app import App
from web.core.clock import FixedClock
from web.core.mail import OutboxMailer

STEP = timedelta(seconds=30)
LOGIN = {"email": "mina@example.com", "password": PASSWORD}


def prove(app: App, person: Person) -> None:
    """As if they had just given their password."""
    with app.work() as services:
        services[SessionService].proved(person.session_id)


@pytest.fixture
def owner(app: App, mina: Person) -> Person:
    """Mina, who just proved who she is."""
    prove(app, mina)
    return mina


@pytest.fixture
def device() -> Authenticator:
    """Mina's."""
    return Authenticator()


def add(api: Api, owner: Person, device: Authenticator, **more: Any) -> Any:
    """Add a passkey."""
    made = api.post("/auth/passkeys/options", None, owner, status=200)
    body = {"ticket": made["ticket"], "credential": device.create(made["options"]), **more}
    return api.post("/auth/passkeys", body, owner)


@pytest.fixture
def passkey(api: Api, owner: Person, device: Authenticator) -> Any:
    """Mina's passkey."""
    return add(api, owner, device, name="Phone")


def ask(api: Api, **wish: Any) -> Any:
    """Ticket and options for a log-in."""
    return api.post("/auth/passkeys/login/options", wish, status=200)


def enter(api: Api, asked: Any, credential: Any, status: int = 200) -> Any:
    """Log in with what was signed."""
    body = {"ticket": asked["ticket"], "credential": credential}
    return api.post("/auth/passkeys/login", body, status=status)


def code_of(answer: Any) -> str:
    return str(answer["error"]["code"])


def second_factor_ticket(api: Api) -> str:
    """What address and password get while the second factor is on."""
    answer = api.post("/auth/login", LOGIN, status=200)
    assert "passkey" in answer["second_factor"]
    return str(answer["ticket"])


@pytest.fixture
def second_factor(api: Api, owner: Person, passkey: Any) -> list[str]:
    """Mina asks for her passkey after the password; these are her recovery codes."""
    codes: list[str] = api.post("/auth/2fa/enable", {"method": "passkey"}, owner, status=200)["codes"]
    return codes


def test_a_passkey_alone_logs_in(
    api: Api, mina: Person, passkey: Any, device: Authenticator, owner_engine: sa.Engine
) -> None:
    asked = ask(api)
    answer = enter(api, asked, device.get(asked["options"]))
    assert answer["user"]["id"] == str(mina.id)
    api.get("/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}"})
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.select(Session.methods).order_by(Session.created_at.desc())) == ["hwk"]
        assert connection.scalar(sa.select(Passkey.last_used_at)) is not None


def test_options_are_what_browsers_parse(api: Api, owner: Person, passkey: Any) -> None:
    options = api.post("/auth/passkeys/options", None, owner, status=200)["options"]
    assert options["rp"] == {"id": "localhost", "name": "Plaza"}
    assert decoded(options["user"]["id"]) == owner.id.bytes
    assert (options["user"]["name"], options["user"]["displayName"]) == ("mina", "Mina")
    assert len(decoded(options["challenge"])) >= 16
    assert {item["alg"] for item in options["pubKeyCredParams"]} >= {-7, -257}
    assert [item["transports"] for item in options["excludeCredentials"]] == [["hybrid", "internal"]]
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (options["attestation"], options["timeout"]) == ("none", 300_000)


def test_options_of_a_log_in_name_nobody(api: Api, passkey: Any) -> None:
    options = ask(api)["options"]
    assert options.pop("challenge") != ask(api)["options"]["challenge"]
    assert options == {
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "required",
        "timeout": 300_000,
    }


def test_a_passkey_is_the_second_factor(
    api: Api, second_factor: Any, device: Authenticator, owner_engine: sa.Engine
) -> None:
    asked = ask(api, ticket=second_factor_ticket(api))
    assert [item["id"] for item in asked["options"]["allowCredentials"]] == list(device.keys)
    assert asked["options"]["userVerification"] == "preferred"
    device.verifies_user = False  # the password did
    answer = enter(api, asked, device.get(asked["options"]))
    assert answer["user"]["second_factor"] is True
    with owner_engine.connect() as connection:
        newest = sa.select(Session.methods).order_by(Session.created_at.desc())
        assert connection.scalar(newest) == ["pwd", "hwk"]


def test_a_passkey_alone_needs_no_second_factor(api: Api, second_factor: Any, device: Authenticator) -> None:
    asked = ask(api)
    assert "access_token" in enter(api, asked, device.get(asked["options"]))


def test_a_recovery_code_answers_when_the_passkey_is_lost(api: Api, second_factor: list[str]) -> None:
    answer = {"ticket": second_factor_ticket(api), "code": second_factor[0]}
    assert "access_token" in api.post("/auth/2fa/verify", answer, status=200)


def test_an_app_that_was_only_set_up_does_not_answer(
    api: Api, owner: Person, second_factor: Any, clock: FixedClock
) -> None:
    secret = api.post("/auth/2fa/setup", None, owner, status=200)["secret"]
    code = totp.code_at(secret, clock.now())
    api.post("/auth/2fa/verify", {"ticket": second_factor_ticket(api), "code": code}, status=422)
    api.post("/auth/2fa/enable", {"code": code}, owner, status=200)
    answer = {"ticket": second_factor_ticket(api), "code": totp.code_at(secret, clock.now() + STEP)}
    api.post("/auth/2fa/verify", answer, status=200)


Bend = Callable[[Authenticator, dict[str, Any]], dict[str, Any]]


def bent(**wrong: Any) -> Bend:
    """An authenticator, or a browser, that says something else."""

    def get(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
        for name, value in wrong.items():
            setattr(device, name, value)
        return device.get(options)

    return get


def changed(field: str, change: Callable[[bytes], bytes]) -> Bend:
    """A signature whose parts were changed on the way."""

    def get(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
        credential = device.get(options)
        response = credential["response"]
        response[field] = encoded(change(decoded(response[field])))
        return credential

    return get


def another_challenge(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return device.get({**options, "challenge": encoded(b"x" * 64)})


def nobody_named(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    credential = device.get(options)
    del credential["response"]["userHandle"]
    return credential


def forged_key(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    forger = Authenticator()
    forger.create({"user": {"id": next(iter(device.users.values()))}, "rp": {"id": "x"}, "challenge": "eA"})
    mine, theirs = next(iter(device.keys)), next(iter(forger.keys))
    forger.counter = 100
    return {**forger.get(options, name=theirs), "id": mine, "rawId": mine}


def made_up_id(device: Authenticator, options: dict[str, Any]) -> dict[str, Any]:
    return {**device.get(options), "id": "bm9ib2R5", "rawId": "bm9ib2R5"}


REFUSED = {
    "wrong origin": bent(origin="https://plaza.example"),
    "origin of another scheme": bent(origin="https://localhost"),
    "wrong site": bent(site="plaza.example"),
    "in a frame of another site": bent(cross_origin=True),
    "wrong challenge": another_challenge,
    "counter going back": bent(counter=-1),
    "user not verified": bent(verifies_user=False),
    "nobody named": nobody_named,
    "somebody else named": changed("userHandle", lambda _: uuid4().bytes),
    "another key": forged_key,
    "unknown passkey": made_up_id,
    "changed signature": changed("signature", lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])),
    "changed data": changed("authenticatorData", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
    "no data": changed("authenticatorData", lambda _: b"x"),
    "no client data": changed("clientDataJSON", lambda _: b"[]"),
}


@pytest.mark.parametrize("bend", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_right_does_not_log_in(api: Api, passkey: Any, device: Authenticator, bend: Bend) -> None:
    device.counter = 4
    first = ask(api)
    enter(api, first, device.get(first["options"]))
    asked = ask(api)
    assert code_of(enter(api, asked, bend(device, asked["options"]), 422)) == "PASSKEY_REFUSED"


def test_a_challenge_is_signed_once(api: Api, passkey: Any, device: Authenticator) -> None:
    asked = ask(api)
    credential = device.get(asked["options"])
    enter(api, asked, credential)
    assert code_of(enter(api, asked, credential, 422)) == "LOG_IN_EXPIRED"
    again = device.get(asked["options"])
    assert code_of(enter(api, asked, again, 422)) == "LOG_IN_EXPIRED"
    assert code_of(enter(api, ask(api), again, 422)) == "PASSKEY_REFUSED"


def test_of_parallel_answers_to_one_challenge_one_wins(api: Api, passkey: Any, device: Authenticator) -> None:
    asked = ask(api)
    body = {"ticket": asked["ticket"], "credential": device.get(asked["options"])}

    def log_in() -> int:
        return int(api.call("POST", "/auth/passkeys/login", json=body).status_int)

    assert sorted(together([log_in] * 4)) == [200, 422, 422, 422]


def test_a_challenge_ends_after_five_minutes(
    api: Api, passkey: Any, device: Authenticator, clock: FixedClock
) -> None:
    asked = ask(api)
    clock.moment += timedelta(minutes=5)
    assert code_of(enter(api, asked, device.get(asked["options"]), 422)) == "LOG_IN_EXPIRED"


def test_only_the_newest_options_of_a_second_factor_count(
    api: Api, second_factor: Any, device: Authenticator
) -> None:
    ticket = second_factor_ticket(api)
    early, late = ask(api, ticket=ticket), ask(api, ticket=ticket)
    assert code_of(enter(api, early, device.get(early["options"]), 422)) == "PASSKEY_REFUSED"
    enter(api, late, device.get(late["options"]))


def test_a_second_factor_that_nobody_asked_to_sign_is_refused(
    api: Api, second_factor: Any, device: Authenticator
) -> None:
    credential = device.get(ask(api)["options"])
    answer = enter(api, {"ticket": second_factor_ticket(api)}, credential, 422)
    assert code_of(answer) == "PASSKEY_REFUSED"


def test_somebody_elses_passkey_is_no_second_factor(
    api: Api, app: App, second_factor: Any, device: Authenticator, joon: Person
) -> None:
    prove(app, joon)
    other = Authenticator()
    add(api, joon, other)
    asked = ask(api, ticket=second_factor_ticket(api))
    credential = other.get({**asked["options"], "allowCredentials": []})
    assert code_of(enter(api, asked, credential, 422)) == "PASSKEY_REFUSED"
    enter(api, asked, device.get(asked["options"]))  # a refusal leaves the ticket to its owner


def test_a_copied_passkey_is_refused_and_its_owner_told(
    api: Api,
    app: App,
    passkey: Any,
    device: Authenticator,
    run_jobs: Callable[[], int],
    owner_engine: sa.Engine,
) -> None:
    copied = copy.copy(device)
    for holder, status in ((device, 200), (copied, 422)):
        asked = ask(api)
        enter(api, asked, holder.get(asked["options"]), status)
    with owner_engine.connect() as connection:
        assert "passkey_copied" in connection.scalars(sa.select(SecurityEvent.kind)).all()
    run_jobs()
    assert isinstance(app.mailer, OutboxMailer)
    assert "mina@example.com" in [mail.to for mail in app.mailer.newest()]


def test_an_authenticator_that_does_not_count_is_welcome(api: Api, owner: Person, passkey: Any) -> None:
    uncounted = Authenticator(steps=0)
    add(api, owner, uncounted)
    for _ in range(2):
        asked = ask(api)
        enter(api, asked, uncounted.get(asked["options"]))


def test_adding_needs_a_recent_proof(api: Api, owner: Person, clock: FixedClock) -> None:
    asked = api.post("/auth/passkeys/options", None, owner, status=200)
    clock.moment += PROOF_LASTS
    body = {"ticket": asked["ticket"], "credential": Authenticator().create(asked["options"])}
    for path, sent in (("/auth/passkeys/options", None), ("/auth/passkeys", body)):
        assert code_of(api.post(path, sent, owner, status=403)) == "REAUTHENTICATION_REQUIRED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://plaza.example"},
        {"site": "plaza.example"},
        {"verifies_user": False},
        {"cross_origin": True},
    ],
    ids=str,
)
def test_what_is_not_right_is_not_added(api: Api, owner: Person, wrong: dict[str, Any]) -> None:
    asked = api.post("/auth/passkeys/options", None, owner, status=200)
    body = {"ticket": asked["ticket"], "credential": Authenticator(**wrong).create(asked["options"])}
    assert code_of(api.post("/auth/passkeys", body, owner, status=422)) == "PASSKEY_REFUSED"


def test_a_ticket_to_add_is_for_its_member_and_for_once(
    api: Api, app: App, owner: Person, joon: Person, device: Authenticator
) -> None:
    prove(app, joon)
    asked = api.post("/auth/passkeys/options", None, owner, status=200)
    body = {"ticket": asked["ticket"], "credential": device.create(asked["options"])}
    assert code_of(api.post("/auth/passkeys", body, joon, status=422)) == "PASSKEY_REFUSED"
    api.post("/auth/passkeys", body, owner)
    assert code_of(api.post("/auth/passkeys", body, owner, status=422)) == "LOG_IN_EXPIRED"


def test_a_ticket_to_add_does_not_log_in(
    api: Api, owner: Person, passkey: Any, device: Authenticator
) -> None:
    asked = api.post("/auth/passkeys/options", None, owner, status=200)
    options = {"challenge": asked["options"]["challenge"], "rpId": "localhost", "allowCredentials": []}
    assert code_of(enter(api, asked, device.get(options), 422)) == "LOG_IN_EXPIRED"


def test_a_passkey_belongs_to_one_member(
    api: Api, app: App, passkey: Any, device: Authenticator, joon: Person
) -> None:
    prove(app, joon)
    asked = api.post("/auth/passkeys/options", None, joon, status=200)
    stolen = next(iter(device.keys))
    made = Authenticator().create(asked["options"])
    statement = cbor2.loads(decoded(made["response"]["attestationObject"]))
    data = statement["authData"]
    statement["authData"] = data[:55] + decoded(stolen) + data[87:]
    made["response"]["attestationObject"] = encoded(cbor2.dumps(statement))
    body = {"ticket": asked["ticket"], "credential": {**made, "id": stolen, "rawId": stolen}}
    assert code_of(api.post("/auth/passkeys", body, joon, status=422)) == "PASSKEY_REFUSED"


def test_a_key_that_is_none_is_refused_when_it_is_added(api: Api, owner: Person) -> None:
    asked = api.post("/auth/passkeys/options", None, owner, status=200)
    made = Authenticator().create(asked["options"])
    statement = cbor2.loads(decoded(made["response"]["attestationObject"]))
    statement["authData"] = statement["authData"][:-32] + bytes(31) + b"\1"  # no point of the curve
    made["response"]["attestationObject"] = encoded(cbor2.dumps(statement))
    body = {"ticket": asked["ticket"], "credential": made}
    assert code_of(api.post("/auth/passkeys", body, owner, status=422)) == "PASSKEY_REFUSED"


def test_there_can_be_only_so_many(
    api: Api, owner: Person, monkeypatch: pytest.MonkeyPatch, passkey: Any
) -> None:
    monkeypatch.setattr("web.accounts.ways_in.passkeys.MOST_PASSKEYS", 1)
    assert code_of(api.post("/auth/passkeys/options", None, owner, status=409)) == "TOO_MANY_PASSKEYS"


def test_passkeys_are_listed_renamed_and_removed(api: Api, owner: Person, passkey: Any) -> None:
    second = add(api, owner, Authenticator())
    for path in ("/auth/passkeys", "/users/me/passkeys"):
        assert [item["name"] for item in api.get(path, owner)["items"]] == ["Phone", second["name"]]
    renamed = api.call("PATCH", f"/auth/passkeys/{passkey['id']}", owner, {"name": " Old phone "}, 200).json
    assert renamed == {**passkey, "name": "Old phone"}
    api.delete(f"/auth/passkeys/{passkey['id']}", owner)
    api.delete(f"/users/me/passkeys/{second['id']}", owner)
    assert api.get("/auth/passkeys", owner) == {"items": []}
    api.delete(f"/auth/passkeys/{passkey['id']}", owner, status=404)


def test_a_removed_passkey_does_not_log_in(
    api: Api, owner: Person, passkey: Any, device: Authenticator
) -> None:
    asked = ask(api)
    api.delete(f"/auth/passkeys/{passkey['id']}", owner)
    assert code_of(enter(api, asked, device.get(asked["options"]), 422)) == "PASSKEY_REFUSED"


def test_removing_needs_a_recent_proof(api: Api, owner: Person, passkey: Any, clock: FixedClock) -> None:
    clock.moment += PROOF_LASTS
    answer = api.delete(f"/auth/passkeys/{passkey['id']}", owner, status=403)
    assert code_of(answer) == "REAUTHENTICATION_REQUIRED"


def test_nobody_touches_somebody_elses_passkey(api: Api, app: App, joon: Person, passkey: Any) -> None:
    prove(app, joon)
    api.delete(f"/auth/passkeys/{passkey['id']}", joon, status=404)
    api.call("PATCH", f"/auth/passkeys/{passkey['id']}", joon, {"name": "Mine"}, 404)
    assert api.get("/auth/passkeys", joon) == {"items": []}


def test_the_only_way_in_stays(api: Api, owner: Person, passkey: Any, owner_engine: sa.Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(Email))
    answer = api.delete(f"/auth/passkeys/{passkey['id']}", owner, status=409)
    assert code_of(answer) == "LAST_WAY_IN"


def test_of_two_passkeys_that_are_removed_at_once_one_stays(
    api: Api, owner: Person, passkey: Any, owner_engine: sa.Engine
) -> None:
    second = add(api, owner, Authenticator())
    with owner_engine.begin() as connection:
        connection.execute(sa.delete(Email))

    def remove(passkey_id: str) -> int:
        return int(api.call("DELETE", f"/auth/passkeys/{passkey_id}", owner).status_int)

    answers = together([lambda each=each: remove(each["id"]) for each in (passkey, second)])
    assert sorted(answers) == [204, 409]


def test_the_only_second_factor_stays_while_it_is_on(
    api: Api, owner: Person, passkey: Any, second_factor: Any
) -> None:
    path = f"/auth/passkeys/{passkey['id']}"
    assert code_of(api.delete(path, owner, status=409)) == "LAST_SECOND_FACTOR"
    api.post("/auth/2fa/disable", None, owner, status=204)
    api.delete(path, owner)


def test_a_passkey_proves_once_more_who_one_is(
    api: Api, owner: Person, passkey: Any, device: Authenticator, clock: FixedClock
) -> None:
    clock.moment += PROOF_LASTS
    api.post("/auth/passkeys/options", None, owner, status=403)
    asked = api.post("/auth/passkeys/prove/options", None, owner, status=200)
    assert len(asked["options"]["allowCredentials"]) == 1
    body = {"ticket": asked["ticket"], "credential": device.get(asked["options"])}
    api.post("/auth/passkeys/prove", body, owner, status=204)
    api.post("/auth/passkeys/options", None, owner, status=200)


def test_a_proof_is_for_the_member_who_asked(
    api: Api, app: App, owner: Person, passkey: Any, device: Authenticator, joon: Person
) -> None:
    prove(app, joon)
    other = Authenticator()
    add(api, joon, other)
    asked = api.post("/auth/passkeys/prove/options", None, owner, status=200)
    own = {"ticket": asked["ticket"], "credential": device.get(asked["options"])}
    assert code_of(api.post("/auth/passkeys/prove", own, joon, status=422)) == "PASSKEY_REFUSED"
    assert code_of(enter(api, asked, own["credential"], 422)) == "LOG_IN_EXPIRED"
    foreign = {**own, "credential": other.get({**asked["options"], "allowCredentials": []})}
    assert code_of(api.post("/auth/passkeys/prove", foreign, owner, status=422)) == "PASSKEY_REFUSED"


def test_without_a_passkey_there_is_nothing_to_sign(api: Api, mina: Person) -> None:
    assert code_of(api.post("/auth/passkeys/prove/options", None, mina, status=422)) == "PASSKEY_REFUSED"


def test_options_for_a_made_up_ticket_are_refused(api: Api) -> None:
    answer = api.post("/auth/passkeys/login/options", {"ticket": str(uuid4())}, status=422)
    assert code_of(answer) == "LOG_IN_EXPIRED"


@bounds(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    place=st.sampled_from(["attestationObject", "clientDataJSON"]),
    at=st.floats(0, 1, exclude_max=True),
    value=st.binary(min_size=1, max_size=4),
)
def test_whatever_comes_for_a_passkey_is_taken_or_refused(
    api: Api,
    owner: Person,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    at: float,
    value: bytes,
) -> None:
    """Bytes from outside meet parsers of JSON, CBOR and COSE; none of them may fail in a way of its own."""
    monkeypatch.setattr("web.accounts.ways_in.passkeys.MOST_PASSKEYS", 1000)
    asked = api.post("/auth/passkeys/options", None, owner, status=200)
    made = Authenticator().create(asked["options"])
    good = decoded(made["response"][place])
    start = int(at * len(good))
    made["response"][place] = encoded(good[:start] + value + good[start + len(value) :])
    answer = api.call("POST", "/auth/passkeys", owner, {"ticket": asked["ticket"], "credential": made})
    assert answer.status_int in (201, 422), json.dumps(made)
