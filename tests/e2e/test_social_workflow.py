"""What two members do on their first day, over real HTTP and a real socket (seed 003, Social Workflow)."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import orjson
import pytest
import websocket

from tests.e2e.browsing import PASSWORD
from tests.eventually import eventually

# In the group of the browsers, because they share one Plaza with this.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]
PATIENCE = 20  # seconds for what other processes have to do


class Member:
    """Somebody who signed up, with an API client and a socket."""

    def __init__(self, http: httpx.Client, signed_in: Any, socket: websocket.WebSocket) -> None:
        self._http = http
        self._socket = socket
        self._headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
        self.id: str = signed_in["user"]["id"]

    def call(self, method: str, path: str, json: Any = None, status: int = 200) -> Any:
        """The answer of a request to the API, which must have this status."""
        response = self._http.request(method, f"/api/v1{path}", json=json, headers=self._headers)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    def ids(self, path: str) -> list[str]:
        """The ids in a list."""
        return [item["id"] for item in self.call("GET", path)["items"]]

    def frame(self, event: str) -> Any:
        """The data of the next frame of this kind; those of other kinds before it are left aside."""
        while True:
            message = orjson.loads(self._socket.recv())
            if message.get("event") == event:
                return message["data"]


@pytest.fixture
def join(address: str) -> Iterator[Callable[[str], Member]]:
    """Lets somebody sign up with the code that comes by mail, and connects their socket."""
    with ExitStack() as ending:
        http = ending.enter_context(httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE))

        def join(name: str) -> Member:
            email = f"{name.lower()}@social.example"
            wish = {"email": email, "password": PASSWORD, "nickname": name, "birth_date": "1999-05-17"}
            answer = http.post("/api/v1/auth/register", json=wish)
            assert answer.status_code == 202, answer.text
            proof = {"ticket": answer.json()["ticket"], "code": mailed_code(http, email)}
            signed_in = http.post("/api/v1/auth/verify-email", json=proof).json()
            headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
            ticket = http.post("/api/v1/ws/ticket", headers=headers).json()["ticket"]
            socket = websocket.create_connection(
                f"{address.replace('http', 'ws', 1)}/ws?ticket={ticket}", timeout=PATIENCE, origin=address
            )
            ending.callback(socket.shutdown)
            return Member(http, signed_in, socket)

        yield join


def mailed_code(http: httpx.Client, email: str) -> str:
    """The code in the newest mail to an address, as soon as it has come."""
    found: list[str] = []

    def has_come() -> bool:
        mails = html.unescape(re.sub(r"<[^>]*>", " ", http.get("/dev/mailbox").text))
        found[:] = re.findall(rf"{re.escape(email)}.*?\b(\d{{6}})\b", mails, re.DOTALL)
        return bool(found)

    eventually(has_come, PATIENCE)
    return found[0]


def test_two_members_meet(join: Callable[[str], Member]) -> None:
    alice, bob = join("Alice"), join("Bob")

    alice.call("PUT", f"/users/{bob.id}/follow")
    assert bob.frame("user_followed")["follower_id"] == alice.id

    post = bob.call("POST", "/posts", {"body": "Morning run by the river #한강"}, status=201)["id"]
    assert post in alice.ids("/feed/following")
    assert post in alice.ids("/feed")

    alice.call("PUT", f"/posts/{post}/like")
    liked = bob.frame("content_liked")
    assert (liked["user_id"], liked["content_id"], liked["new_like_count"]) == (alice.id, post, 1)

    alice.call("POST", f"/posts/{post}/comments", {"body": "How far?"}, status=201)
    commented = bob.frame("content_commented")
    assert (commented["user_id"], commented["new_comment_count"]) == (alice.id, 1)
    kinds = {item["type"] for item in bob.call("GET", "/notifications")["items"]}
    assert {"member_followed", "content_liked", "content_commented"} <= kinds

    eventually(lambda: found_by(alice, "morning") == [post], PATIENCE)  # a worker reads the words
    assert found_by(alice, "%23한강") == [post]
    (card,) = alice.call("GET", "/search?type=users&q=bob")["users"]["items"]
    assert (card["id"], card["is_following"]) == (bob.id, True)

    alice.call("POST", f"/posts/{post}/share", {}, status=201)
    counts = bob.call("GET", f"/posts/{post}")
    assert [counts[f"{what}_count"] for what in ("like", "comment", "share")] == [1, 1, 1]

    bob.call("PUT", f"/users/{alice.id}/block")
    assert found_by(alice, "morning") == []
    assert post not in alice.ids("/feed") + alice.ids("/feed/following")
    alice.call("GET", f"/posts/{post}", status=404)
    alice.call("GET", f"/users/{bob.id}", status=404)


def found_by(member: Member, typed: str) -> list[str]:
    """The posts that somebody finds."""
    page = member.call("GET", f"/search?type=posts&q={typed}")["posts"]
    return [item["post"]["id"] for item in page["items"]]
