"""What strangers' browsers may tell each other of where they are: a relay, unless both agree to more.

A candidate (RFC 8839 §5.1) of a relay still names the address that it stands for (``raddr``), and so do some
lines of a description (RFC 8866 §5.2 and §5.7, RFC 3605); these are blanked. Every other address is refused.
"""

import re
from typing import Any, Final

from web.matching.errors import DirectCallRefused
from web.matching.schemas import Signal

_CANDIDATE: Final = re.compile(
    r"candidate:[\w+/]{1,32} \d{1,5} [A-Za-z]{2,5} \d{1,10} [0-9A-Za-z.:\-]{1,253} \d{1,5} typ (\w{1,10})"
    r"(?: [\x21-\x7e]{1,256} [\x21-\x7e]{1,256})*",
    re.ASCII,
)
_RELATED: Final = re.compile(r" (raddr|rport) [\x21-\x7e]+")
_NOWHERE: Final = {"raddr": "0.0.0.0", "rport": "9"}  # noqa: S104  # nothing listens there, that is the point
_CONNECTION: Final = re.compile(r"c=IN IP[46] \S+")
_ORIGIN: Final = re.compile(r"(o=\S+ \d+ \d+) IN IP[46] \S+")
_RTCP: Final = re.compile(r"a=rtcp:\d+(?: IN IP[46] \S+)?")
_NAMES_AN_ADDRESS: Final = ("c=", "o=", "a=rtcp:", "a=remote-candidates:")
_ATTRIBUTE: Final = "a="


def passed(signal: Signal, *, direct: bool) -> dict[str, Any]:
    """A signal as it is passed on.

    Args:
        direct: both agreed to be reached without a relay.

    Raises:
        DirectCallRefused
    """
    if signal.sdp is not None:
        return {"type": signal.type, "sdp": signal.sdp if direct else relayed_description(signal.sdp)}
    if signal.type != "ice":
        return {"type": signal.type}
    if signal.candidate is None:
        return {"type": "ice", "candidate": None}
    candidate = signal.candidate.model_dump(by_alias=True)
    # An empty one says that there are no more.
    if candidate["candidate"] and not direct:
        candidate["candidate"] = relayed_candidate(candidate["candidate"])
    return {"type": "ice", "candidate": candidate}


def relayed_candidate(candidate: str) -> str:
    """A relay's candidate, without the address behind it.

    Raises:
        DirectCallRefused
    """
    found = _CANDIDATE.fullmatch(candidate.strip())
    if found is None:
        raise DirectCallRefused(reason="unreadable")
    if found[1] != "relay":
        raise DirectCallRefused(reason="not_relayed")
    return _RELATED.sub(lambda match: f" {match[1]} {_NOWHERE[match[1]]}", candidate.strip())


def relayed_description(sdp: str) -> str:
    """A description whose candidates are all relays', without any other address.

    Raises:
        DirectCallRefused
    """
    return "\r\n".join(_relayed_line(line) for line in re.split(r"\r\n|\r|\n", sdp))


def _relayed_line(line: str) -> str:
    if line.startswith("a=candidate:"):
        return _ATTRIBUTE + relayed_candidate(line.removeprefix(_ATTRIBUTE))
    if not line.startswith(_NAMES_AN_ADDRESS):
        return line
    if _CONNECTION.fullmatch(line):
        return "c=IN IP4 0.0.0.0"
    if found := _ORIGIN.fullmatch(line):
        return f"{found[1]} IN IP4 127.0.0.1"
    if _RTCP.fullmatch(line):
        return "a=rtcp:9 IN IP4 0.0.0.0"
    raise DirectCallRefused(reason="unreadable")
