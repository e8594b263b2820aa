"""`plaza search`: the index of search."""

import click

from pipelines.imports.progress import Bars, Progress
from web.core.app import App
from web.core.jobs import JobLog
from web.core.settings import Settings
from web.features import build_app
from web.search.index import KINDS, SearchIndex

EPILOG = """\b
Examples:
  plaza search rebuild             after an upgrade that reads words otherwise
  plaza search rebuild --missing   only what has no document yet
"""


@click.group()
def search() -> None:
    """Look after what search looks in."""


@search.command(epilog=EPILOG)
@click.option("--missing", is_flag=True, help="Leave documents that are there as they are.")
def rebuild(missing: bool) -> None:
    """Make the documents of members and posts anew, while Plaza runs; twice is the same as once.

    What nobody may find any more is removed. It can be stopped at any time.
    """
    app = build_app(Settings.load())
    try:
        with Bars() as bars:
            for kind in KINDS:
                make_documents(app, kind, missing, bars)
    finally:
        app.close()


def want_missing(settings: Settings) -> None:
    """Let a worker make what is missing, after history was written of which no subscriber has heard."""
    app = build_app(settings)
    try:
        with app.work() as services:
            services[JobLog].add("search.catch_up")
    finally:
        app.close()


def make_documents(app: App, kind: str, missing: bool, progress: Progress) -> None:
    """Make the documents of a kind, each batch in a transaction of its own."""
    with app.reading() as services:
        progress.start(f"{kind}s", services[SearchIndex].count(kind))
    last = None
    while True:
        with app.work() as services:
            ids = services[SearchIndex].put_batch(kind, last, only_missing=missing)
        if not ids:
            return
        last = ids[-1]
        progress.advance(len(ids))
