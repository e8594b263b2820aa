"""Files that belong to members, behind one small interface; keys are opaque, such as ``exports/<id>.zip``."""

import os
import re
import shutil
from abc import ABC, abstractmethod
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from web.core.ids import new_id
from web.core.settings import Bucket, Settings
from web.core.threads import off_the_loop

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_KEY = re.compile(r"[a-z0-9_-]+(/[A-Za-z0-9_-]+)*(\.[a-z0-9]+)?")
_TYPES = {
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".zip": "application/zip",
}
LINKS_HOLD = timedelta(hours=1)


def content_type_of(name: str) -> str:
    """The content type of a file that Plaza made, by how its name ends."""
    return _TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


class NoSuchFile(Exception):
    """There is no file of that key."""


class Storage(ABC):
    """Keeps files. Nothing in it is served without a check by the feature that owns it."""

    @abstractmethod
    def put(self, key: str, source: IO[bytes]) -> int:
        """Store what ``source`` holds, replacing what was there; readers see the old file or the new one.

        Returns:
            The size in bytes.
        """

    @abstractmethod
    def open(self, key: str) -> IO[bytes]:
        """The file, for reading.

        Raises:
            NoSuchFile
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete a file; one that is not there is deleted already."""

    def link(self, key: str) -> str | None:
        """Where a client may fetch a file by itself, for ``LINKS_HOLD``; None when it comes through us."""
        return None


class LocalStorage(Storage):
    """Files below one folder, readable by the user that Plaza runs as."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, source: IO[bytes]) -> int:
        return off_the_loop(self._write, self._path(key), source)

    def _write(self, path: Path, source: IO[bytes]) -> int:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # shuts what is below, too
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{new_id()}.part")
        try:
            with draft.open("xb") as target:
                shutil.copyfileobj(source, target)
                size = target.tell()
                target.flush()
                os.fsync(target.fileno())  # whoever is told that the file is there may rely on it
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        return size

    def open(self, key: str) -> IO[bytes]:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise NoSuchFile(key) from error

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / _checked(key)


class S3Storage(Storage):
    """Files in a bucket of Amazon S3, or of anything that speaks its protocol."""

    def __init__(self, bucket: Bucket) -> None:
        # Takes a third of a second, which processes without a bucket need not spend.
        import boto3
        import botocore.exceptions
        from botocore.config import Config

        self._bucket = bucket.name
        self._error = botocore.exceptions.ClientError
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=bucket.endpoint or None,
            region_name=bucket.region,
            aws_access_key_id=bucket.access_key_id or None,  # without: as the machine is allowed to
            aws_secret_access_key=bucket.secret_access_key or None,
            config=Config(
                signature_version="s3v4",
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "max_attempts": 3},
                # By path where the endpoint is named: such hosts seldom have a subdomain per bucket.
                s3={"addressing_style": "path" if bucket.endpoint else "auto"},
            ),
        )

    def put(self, key: str, source: IO[bytes]) -> int:
        """Small files in one request, large ones in parts; either way nobody sees half of one."""
        start = source.tell()
        size = source.seek(0, os.SEEK_END) - start
        source.seek(start)
        self._client.upload_fileobj(
            source, self._bucket, _checked(key), ExtraArgs={"ContentType": content_type_of(key)}
        )
        return size

    def open(self, key: str) -> IO[bytes]:
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=_checked(key))
        except self._error as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise NoSuchFile(key) from error
            raise
        return cast("IO[bytes]", found["Body"])

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=_checked(key))

    def link(self, key: str) -> str | None:
        """A presigned address; made without asking the bucket."""
        wanted = {"Bucket": self._bucket, "Key": _checked(key)}
        seconds = int(LINKS_HOLD.total_seconds())
        return self._client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def storage_for(settings: Settings) -> Storage:
    """The adapter that the settings ask for."""
    if settings.bucket is not None:
        return S3Storage(settings.bucket)
    return LocalStorage(settings.var / "files")
