"""Signals of calls tell nobody's address, unless both agreed."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from pydantic import ValidationError

from tests.factories import Person
from tests.web.matching.conftest import Hear, enter, speak
from web.core.app import App
from web.matching.errors import DirectCallRefused
from web.matching.schemas import Signal
from web.matching.signals import passed, relayed_candidate, relayed_description

RELAY = "candidate:3 1 udp 41885439 198.51.100.9 61000 typ relay raddr 203.0.113.7 rport 51000 generation 0"
HIDDEN = "candidate:3 1 udp 41885439 198.51.100.9 61000 typ relay raddr 0.0.0.0 rport 9 generation 0"
REFLEXIVE = "candidate:2 1 udp 1686052607 203.0.113.7 51000 typ srflx raddr 192.168.0.2 rport 51000"
HOST = "candidate:1 1 udp 2122260223 192.168.0.2 51000 typ host"
MDNS = "candidate:1 1 udp 2122260223 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 51000 typ host"
PEER = "candidate:4 1 tcp 1686052607 203.0.113.7 9 typ prflx tcptype active"


def description(*lines: str) -> str:
    """As browsers write them."""
    head = [
        "v=0",
        "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    ]
    return "\r\n".join([*head, "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=mid:0", *lines, ""])


def test_a_relay_is_passed_on_without_the_address_behind_it() -> None:
    assert relayed_candidate(RELAY) == HIDDEN
    assert relayed_candidate(HIDDEN) == HIDDEN


@pytest.mark.parametrize("candidate", [REFLEXIVE, HOST, MDNS, PEER])
def test_others_are_refused(candidate: str) -> None:
    with pytest.raises(DirectCallRefused) as refused:
        relayed_candidate(candidate)
    assert refused.value.details == {"reason": "not_relayed"}


@pytest.mark.parametrize(
    "candidate",
    [
        "nothing",
        "candidate:",
        RELAY.replace("typ relay", "typ"),
        RELAY + " more",
        RELAY.replace("candidate", "a=candidate"),
        RELAY + "\r\na=candidate:1 1 udp 1 192.168.0.2 51000 typ host",
        HOST.replace("typ host", "typ host x typ relay")[:-1] + "\u0000",
    ],
)
def test_what_cannot_be_read_is_refused(candidate: str) -> None:
    with pytest.raises(DirectCallRefused):
        relayed_candidate(candidate)


def test_a_description_of_a_browser_is_passed_on_as_it_is() -> None:
    sdp = description("a=ice-ufrag:x", "a=candidate:" + HIDDEN.removeprefix("candidate:"))
    assert relayed_description(sdp) == sdp


def test_a_description_tells_no_address() -> None:
    sdp = (
        description()
        .replace("127.0.0.1", "203.0.113.7")
        .replace("c=IN IP4 0.0.0.0", "c=IN IP6 2001:db8::7")
        .replace("a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp:51000 IN IP4 203.0.113.7")
    )
    assert relayed_description(sdp) == description()


@pytest.mark.parametrize(
    "line", [f"a={HOST}", f"a={REFLEXIVE}", "c=IN IP4", "a=remote-candidates:1 203.0.113.7 1"]
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_description_with_another_address_is_refused(line: str, end: str) -> None:
    with pytest.raises(DirectCallRefused):
        relayed_description(description(line).replace("\r\n", end))


@pytest.mark.parametrize("candidate", [None, {"candidate": "", "sdpMid": "0", "sdpMLineIndex": 0}])
def test_the_end_of_candidates_is_passed_on(candidate: Any) -> None:
    signal = Signal.model_validate({"type": "ice", "candidate": candidate})
    kept = candidate and {**candidate, "usernameFragment": None}
    assert passed(signal, direct=False) == {"type": "ice", "candidate": kept}


@pytest.mark.parametrize(
    "data",
    [
        {"type": "offer"},
        {"type": "ice", "sdp": "x"},
        {"type": "dance"},
        {"type": "offer", "sdp": "x" * 20_000},
    ],
)
def test_what_is_no_signal_is_refused(data: Any) -> None:
    with pytest.raises(ValidationError):
        Signal.model_validate(data)


def test_a_call_is_set_up_through_the_other_alone(
    app: App, hear: Hear, mina: Person, joon: Person, match_id: UUID
) -> None:
    ear = hear(f"match:{match_id}")
    speak(app, mina, match_id, "signal", type="offer", sdp=description())
    speak(app, joon, match_id, "signal", type="ice", candidate={"candidate": RELAY, "sdpMid": "0"})
    with pytest.raises(DirectCallRefused):
        speak(app, joon, match_id, "signal", type="ice", candidate={"candidate": HOST, "sdpMid": "0"})
    told = ear.told()
    assert [published.only for published in told] == [{joon.id}, {mina.id}]
    assert told[1].frame is not None
    assert b'"seat":"b","type":"ice"' in told[1].frame
    assert HIDDEN.encode() in told[1].frame


@pytest.mark.parametrize("type_", ["answer", "hangup"])
def test_other_windows_learn_that_they_need_not_ring_any_more(
    app: App, hear: Hear, joon: Person, match_id: UUID, type_: str
) -> None:
    ear = hear(f"match:{match_id}")
    speak(app, joon, match_id, "signal", type=type_, **({"sdp": description()} if type_ == "answer" else {}))
    _, to_himself = ear.told()
    assert (to_himself.only, to_himself.but) == ({joon.id}, "here")
    assert to_himself.frame is not None
    assert orjson.loads(to_himself.frame)["data"] == {"seat": "b", "type": type_}  # no description


@pytest.mark.parametrize(("joons", "is_direct"), [(True, True), (False, False)])
def test_it_takes_both_to_call_without_a_relay(
    app: App, mina: Person, joon: Person, joons: bool, is_direct: bool
) -> None:
    enter(app, mina, direct_calls=True)
    match = enter(app, joon, direct_calls=joons).match
    assert match is not None
    assert match.direct_calls is is_direct
    ice = {"type": "ice", "candidate": {"candidate": HOST}}
    if is_direct:
        assert speak(app, mina, match.session_id, "signal", **ice) == {"delivered": False}
    else:
        with pytest.raises(DirectCallRefused):
            speak(app, mina, match.session_id, "signal", **ice)
