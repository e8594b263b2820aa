"""dbt in a process of its own, run as a script: loads and parses at once, builds when it is told to.

Importing dbt and parsing the project take seconds and need nothing of the lake, so they happen while the
extract runs. The parent writes a line to standard input when the lake is ready; when it closes standard
input instead, or dies, this process ends too.
"""

import os
import sys
import threading

from dbt.cli.main import dbtRunner


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # not sys.stdin, whose lock an ordinary exit would wait for
    os._exit(1)


def main(arguments: list[str]) -> int:
    """Parse, wait for the word, run dbt with ``arguments``; returns the exit code."""
    parsed = dbtRunner().invoke(["parse", "--quiet"])
    if not sys.stdin.readline():
        return 1
    threading.Thread(target=_end_with_parent, daemon=True).start()
    manifest = parsed.result if parsed.success else None  # without one, the build says what is wrong
    return 0 if dbtRunner(manifest=manifest).invoke(arguments).success else 1  # type: ignore[arg-type]  # parse gives one


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
