"""Fixtures of media: uploading, and the worker that processes what was uploaded."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import webtest

from tests.factories import Person
from tests.web.media.samples import Form, form
from web.core.app import App
from web.core.job_runner import JobRunner
from web.core.storage import NoSuchFile, Storage
from web.media.models import Medium


class Uploads:
    """Sends files as members, and looks at what became of them."""

    def __init__(self, wsgi: Any, app: App, engine: sa.Engine) -> None:
        self._wsgi = wsgi
        self._app = app
        self._engine = engine

    def send(
        self,
        who: Person,
        content: bytes,
        purpose: str = "post",
        status: int = 202,
        file_name: str = "file.jpg",
        claimed: str = "image/jpeg",
    ) -> Any:
        """The JSON of an upload that must have this status."""
        sent = form({"purpose": purpose, "file": content}, file_name, claimed)
        return self.respond("POST", "/media", who, sent, status).json

    def request_any(self, who: Person, content: bytes, purpose: str = "post") -> dict[str, Any]:
        """The status of an upload, with its id or the reason why it was refused."""
        response = self.respond("POST", "/media", who, form({"purpose": purpose, "file": content}), "*")
        if response.status_int == 202:
            return {"status": 202, "id": response.json["id"]}
        return {"status": response.status_int, "reason": response.json["error"]["details"].get("reason")}

    def set_picture(self, who: Person, which: str, content: bytes, status: int = 202) -> Any:
        """The JSON of setting one's ``profile`` or ``cover`` image."""
        return self.respond("PUT", f"/users/me/{which}-image", who, form({"image": content}), status).json

    def respond(
        self, method: str, path: str, who: Person, sent: Form, status: int | str = 202
    ) -> webtest.TestResponse:
        """The response to a form."""
        client = webtest.TestApp(self._wsgi)
        headers = {**who.headers, **sent.headers}
        return client.request(f"/api/v1{path}", method=method, body=sent.body, headers=headers, status=status)

    def fetch(self, address: str, status: int = 200) -> webtest.TestResponse:
        """What is served at an address."""
        return webtest.TestApp(self._wsgi).get(address, status=status)

    def process(self) -> int:
        """Run what waits in the queue of media, and say how many jobs that were."""
        runner, done = JobRunner(self._app, "media"), 0
        while leased := runner.run_due():
            done += leased
        return done

    def ready(self, who: Person, content: bytes, purpose: str = "post") -> UUID:
        """The id of a medium that was uploaded and processed."""
        media_id = UUID(self.send(who, content, purpose)["id"])
        self.process()
        assert self.row(media_id).status == "ready"
        return media_id

    def row(self, media_id: UUID | str) -> Any:
        """The medium as it is in the table; None when it is gone."""
        with self._engine.connect() as connection:
            table = Medium.__table__
            return connection.execute(sa.select(table).where(table.c.id == UUID(str(media_id)))).one_or_none()

    def file(self, media_id: UUID | str, name: str) -> bytes:
        """A file of a medium."""
        with self._app.value(Storage).open(f"media/{media_id}/{name}") as file:  # type: ignore[type-abstract]
            return file.read()

    def is_kept(self, key: str) -> bool:
        """Whether the storage has a file of that key."""
        try:
            self._app.value(Storage).open(key).close()  # type: ignore[type-abstract]
        except NoSuchFile:
            return False
        return True


@pytest.fixture
def uploads(wsgi: Any, app: App, owner_engine: sa.Engine, api: Any) -> Uploads:
    """Uploads over empty tables."""
    return Uploads(wsgi, app, owner_engine)


@pytest.fixture
def failing(uploads: Uploads, mina: Person) -> Callable[..., str]:
    """Uploads something that is taken in and turns out to be unusable; gives the reason."""

    def upload(content: bytes, purpose: str = "post") -> str:
        media_id = uploads.send(mina, content, purpose)["id"]
        uploads.process()
        row = uploads.row(media_id)
        assert (row.status, row.variants) == ("failed", {})
        assert not uploads.is_kept(f"media/{media_id}/large.webp")
        return str(row.failure)

    return upload
