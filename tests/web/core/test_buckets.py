"""Files in a bucket: the same as in a folder, and addresses that clients fetch from by themselves."""

import io
import urllib.request
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from web.core.settings import Bucket, Settings
from web.core.storage import LocalStorage, NoSuchFile, S3Storage, Storage, storage_for


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """A bucket on a server of this machine that speaks S3's protocol."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    found = Bucket("plaza-media", f"http://127.0.0.1:{port}", "us-east-1", "a-key", "a-secret")
    client = boto3.client(
        "s3",
        endpoint_url=found.endpoint,
        region_name=found.region,
        aws_access_key_id=found.access_key_id,
        aws_secret_access_key=found.secret_access_key,
    )
    client.create_bucket(Bucket=found.name)
    yield found
    server.stop()


@pytest.fixture
def storage(bucket: Bucket) -> Storage:
    """The storage of that bucket."""
    return S3Storage(bucket)


def content_of(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def test_what_is_put_can_be_opened_and_replaced(storage: Storage) -> None:
    assert storage.put("media/one/large.webp", io.BytesIO(b"first")) == 5
    assert content_of(storage, "media/one/large.webp") == b"first"
    storage.put("media/one/large.webp", io.BytesIO(b"second"))
    assert content_of(storage, "media/one/large.webp") == b"second"


def test_a_large_file_goes_in_parts(storage: Storage) -> None:
    content = bytes(range(256)) * 40_000  # 10 MB
    assert storage.put("media/large/film.mp4", io.BytesIO(content)) == len(content)
    assert content_of(storage, "media/large/film.mp4") == content


def test_a_missing_file_is_said_to_be_missing(storage: Storage) -> None:
    with pytest.raises(NoSuchFile):
        storage.open("media/none.webp")


def test_deleting_twice_is_deleting_once(storage: Storage) -> None:
    storage.put("media/two.webp", io.BytesIO(b"x"))
    storage.delete("media/two.webp")
    storage.delete("media/two.webp")
    with pytest.raises(NoSuchFile):
        storage.open("media/two.webp")


def test_a_link_leads_to_the_file_for_an_hour(storage: Storage) -> None:
    storage.put("media/three/large.jpg", io.BytesIO(b"picture"))
    link = storage.link("media/three/large.jpg")
    assert link is not None
    assert "X-Amz-Expires=3600" in link
    with urllib.request.urlopen(link, timeout=10) as response:  # noqa: S310 - an address of ours
        assert response.read() == b"picture"
        assert response.headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("key", ["", "../secret", "media/..", "media//one.webp", "media/one\n"])
def test_a_key_is_the_same_everywhere(storage: Storage, key: str) -> None:
    for wrong in (storage.open, storage.delete, storage.link):
        with pytest.raises(ValueError, match="not a storage key"):
            wrong(key)
    with pytest.raises(ValueError, match="not a storage key"):
        storage.put(key, io.BytesIO(b"x"))


def test_settings_choose(settings: Settings, environment: dict[str, str], bucket: Bucket) -> None:
    assert isinstance(storage_for(settings), LocalStorage)
    named = Settings.load(
        {
            **environment,
            "PLAZA_S3_BUCKET": bucket.name,
            "PLAZA_S3_ENDPOINT": bucket.endpoint + "/",
            "PLAZA_S3_ACCESS_KEY_ID": bucket.access_key_id,
            "PLAZA_S3_SECRET_ACCESS_KEY": bucket.secret_access_key,
        }
    )
    assert named.bucket == bucket
    assert named.bucket.origin == bucket.endpoint
    assert isinstance(storage_for(named), S3Storage)
    assert Bucket("b", region="eu-west-1").origin == "https://b.s3.eu-west-1.amazonaws.com"
