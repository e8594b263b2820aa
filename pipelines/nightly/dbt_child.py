"""dbt in a process of its own, run as a script: loads and parses at once, builds when it is told to.

Importing dbt and parsing the project take seconds and need nothing of the lake, so they happen while the
extract runs. The parent writes a byte to standard input when the lake is ready; when it closes standard
input, or dies, this process ends at once.
"""

import os
import sys
import threading

STDIN = 0
told_to_build = threading.Event()


def _follow_parent() -> None:
    """Wait for the parent's word, and then for its end."""
    if os.read(STDIN, 1):
        told_to_build.set()
        os.read(STDIN, 1)
    os._exit(1)


def main(arguments: list[str]) -> int:
    """Parse, wait for the word, run dbt with ``arguments``; returns the exit code."""
    threading.Thread(target=_follow_parent, daemon=True).start()
    from dbt.cli.main import dbtRunner  # only now, because it takes seconds in which the parent may die

    parsed = dbtRunner().invoke(["parse", "--quiet"])
    told_to_build.wait()
    manifest = parsed.result if parsed.success else None  # without one, the build says what is wrong
    built = dbtRunner(manifest=manifest).invoke(arguments)  # type: ignore[arg-type]  # parse results in one
    return 0 if built.success else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
