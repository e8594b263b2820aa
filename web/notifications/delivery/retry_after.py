"""How long a service asks to wait (RFC 9110 §10.2.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_SECONDS = 3600.0


def retry_after(headers: Mapping[str, str], default: float) -> float:
    """Seconds to wait, an hour at most.

    Args:
        headers: of the answer; its names in small letters, or of a mapping that ignores case.
        default: seconds, where nothing or something unreadable is asked for.
    """
    asked = headers.get("retry-after", "").strip()
    try:
        seconds = float(asked) if asked.isdigit() else _until(asked)
    except ValueError:
        seconds = default
    return min(max(seconds, 0.0), LONGEST_SECONDS)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - datetime.now(
        UTC
    ).timestamp()
