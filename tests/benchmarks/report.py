"""What a benchmark hands back: ratios to compare between machines, and the figures behind them."""

from dataclasses import dataclass, field

Value = float | int | str | None


@dataclass(frozen=True)
class Report:
    """The outcome of one benchmark.

    Attributes:
        name: what was measured.
        ratios: ours against a reference, by what is divided by what; None where the reference is missing.
        figures: medians of this machine in this run, worth nothing on another.
        conditions: size of the data, rounds, connections.
        notes: what a reader has to know, such as why a reference is missing.
    """

    name: str
    ratios: dict[str, float | None]
    figures: dict[str, Value]
    conditions: dict[str, Value]
    notes: list[str] = field(default_factory=list)
