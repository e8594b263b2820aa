"""Who lives in the demo: names, zones, languages, how active each is and when they joined."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.grammar import LANGUAGES
from pipelines.demo.rhythm import Floats, Rhythm

Integers = NDArray[np.int64]

DEMO = 0  # the member whose login is printed

# (IANA zone, language, share of the members)
PLACES = (
    ("Asia/Seoul", "ko", 0.40),
    ("Asia/Tokyo", "ja", 0.15),
    ("America/New_York", "en", 0.11),
    ("Europe/London", "en", 0.08),
    ("America/Los_Angeles", "en", 0.06),
    ("Europe/Madrid", "es", 0.08),
    ("America/Mexico_City", "es", 0.07),
    ("America/Argentina/Buenos_Aires", "es", 0.05),
)
LANGUAGE_NAMES = tuple(LANGUAGES)

_LAUNCH_SHARE = 0.35  # joined in the first three days; the others one after another


@dataclass(frozen=True)
class Population:
    """Arrays over members; member 0 is the demo login.

    Attributes:
        place: index into :data:`PLACES`.
        language: index into :data:`LANGUAGE_NAMES`.
        activity: share of all that happens which this member does.
        joined: days since the start.
        names: (username, nickname).
        birth_ordinals: proleptic ordinals of birth dates.
        rhythms: by place.
    """

    place: Integers
    language: Integers
    activity: Floats
    joined: Floats
    names: list[tuple[str, str]]
    birth_ordinals: Integers
    rhythms: tuple[Rhythm, ...]

    def __len__(self) -> int:
        return len(self.place)

    def active(self, members: Integers, times: Floats) -> Floats:
        """Calendar days → each member's active days."""
        return self._convert(members, times, "active")

    def calendar(self, members: Integers, active: Floats) -> Floats:
        """Each member's active days → calendar days, infinite beyond the end."""
        return self._convert(members, active, "calendar")

    def _convert(self, members: Integers, values: Floats, method: str) -> Floats:
        result = np.empty(len(members))
        places = self.place[members]
        for place, rhythm in enumerate(self.rhythms):
            here = places == place
            result[here] = getattr(rhythm, method)(values[here])
        return result


def people(rng: np.random.Generator, members: int, start: datetime, days: int) -> Population:
    """Draw a population.

    Activity is Zipf–Mandelbrot, 1/(rank + q): q grows with the community, because however many read along, a
    day of the most active has 24 hours.
    """
    rhythms = tuple(Rhythm(zone, start, days) for zone, _, _ in PLACES)
    shares = np.array([share for _, _, share in PLACES])
    place = rng.choice(len(PLACES), size=members, p=shares / shares.sum())
    place[DEMO] = 0
    language = np.array([LANGUAGE_NAMES.index(spoken) for _, spoken, _ in PLACES])[place]

    rank = rng.permutation(members) + 1
    # The demo login belongs to the active, or its pages would be empty.
    rank[np.argmax(rank == 1 + members // 20)], rank[DEMO] = rank[DEMO], 1 + members // 20
    weight = 1.0 / (rank + 5.0 + members / 500)

    launched = rng.random(members) < _LAUNCH_SHARE
    active = np.where(launched, rng.random(members) * 3, rng.random(members) * (days - 1))
    population = Population(
        place=place,
        language=language,
        activity=weight / weight.sum(),
        joined=active,
        names=[_name(member, int(language[member])) for member in range(members)],
        birth_ordinals=rng.integers(713_000, 732_900, members),  # 1953 to 2007
        rhythms=rhythms,
    )
    joined = population.calendar(np.arange(members), active)
    joined[DEMO] = 0.05
    population.joined[:] = joined
    return population


def _name(member: int, language: int) -> tuple[str, str]:
    if member == DEMO:
        return "demo", "Demo"
    names = LANGUAGES[LANGUAGE_NAMES[language]].NAMES
    username, nickname = names[member % len(names)]
    return f"{username}{member}", nickname
