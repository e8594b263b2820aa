"""Progress of long steps: a protocol, a silent form, and a bar for terminals."""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

T = TypeVar("T")

# A bar that is told of every single row costs more than writing the row.
_STRIDE = 2_000


class Progress(Protocol):
    """Who wants to know how far a long step is."""

    def start(self, step: str, total: int, /) -> None:
        """A step of ``total`` units begins; the one before it is done."""

    def advance(self, count: int, /) -> None:
        """``count`` more units of the current step are done."""


class Silence:
    """Nobody watches."""

    def start(self, _step: str, _total: int, /) -> None:
        return None

    def advance(self, _count: int, /) -> None:
        return None


class Bars:
    """One bar per step on a terminal; a context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self._bars = RichProgress(
            TextColumn("{task.description:<22}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console or Console(stderr=True),
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def start(self, step: str, total: int, /) -> None:
        self._task = self._bars.add_task(step, total=total)

    def advance(self, count: int, /) -> None:
        if self._task is not None:
            self._bars.advance(self._task, count)


def counted(rows: Iterable[T], progress: Progress) -> Iterator[T]:
    """The same rows, reported to ``progress`` as they pass."""
    passed = 0
    for row in rows:
        yield row
        passed += 1
        if passed == _STRIDE:
            progress.advance(passed)
            passed = 0
    progress.advance(passed)
