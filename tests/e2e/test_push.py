"""Pushes in a real browser: switching them on, what is shown, and where a click leads.

Browsers subscribe at services of their makers, so that one step is replaced here; the adapters are tested
against services of our own in ``tests/web/notifications``.
"""

import json

from playwright.sync_api import Page, expect

from tests.e2e.browsing import IN_A_BROWSER, PHONE, OpenPage, arrive, sticking_out

pytestmark = IN_A_BROWSER

# A subscription as browsers make them, kept like theirs until it is given up.
SUBSCRIBE = """
const made = (options) => ({
  endpoint: "https://push.example.com/of-this-browser",
  options,
  toJSON: () => ({
    endpoint: "https://push.example.com/of-this-browser",
    expirationTime: null,
    keys: {
      p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
      auth: "BTBZMqHH6r4Tts7J_aSIgg",
    },
  }),
  unsubscribe: async () => localStorage.removeItem("test:key"),
});
PushManager.prototype.subscribe = async function (options) {
  localStorage.setItem("test:key", JSON.stringify([...options.applicationServerKey]));
  return made(options);
};
PushManager.prototype.getSubscription = async function () {
  const key = localStorage.getItem("test:key");
  return key ? made({ applicationServerKey: Uint8Array.from(JSON.parse(key)).buffer }) : null;
};
"""
NOTE = {
    "id": "018f7d7e-0000-7000-8000-000000000001",
    "type": "content_liked",
    "title": "Joon likes your post",
    "message": "",
    "action_url": "/posts/1",
    "image_url": None,
    "badge": 2,
    "locale": "en",
}
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({ title, tag, lang }) => ({ title, tag, lang }));
}"""
CLICK = """async () => {
  const opened = [];
  self.clients.openWindow = async (address) => opened.push(address);
  const [notification] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification });
  const waiting = new Promise((done) => { event.waitUntil = (promise) => promise.then(done); });
  self.dispatchEvent(event);
  await waiting;
  return opened;
}"""


def push(page: Page, address: str, note: object) -> None:
    """What the browser's service does with what it was handed."""
    session = page.context.new_cdp_session(page)
    registrations: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda update: registrations.extend(item["registrationId"] for item in update["registrations"]),
    )
    session.send("ServiceWorker.enable")
    while not registrations:
        page.wait_for_timeout(50)
    message = {"origin": address, "registrationId": registrations[0], "data": json.dumps(note)}
    session.send("ServiceWorker.deliverPushMessage", message)


def test_pushes_are_switched_on_shown_and_switched_off(address: str, open_page: OpenPage) -> None:
    page = open_page(address, PHONE, permissions=["notifications"])
    page.add_init_script(SUBSCRIBE)
    arrive(page, "Pia")
    page.goto("/settings/notifications")
    assert not sticking_out(page)
    page.get_by_role("button", name="Tell me in this browser").click()
    expect(page.locator(".row", has_text="Browser")).to_contain_text("this device")
    expect(page.get_by_role("button", name="Tell me in this browser")).to_be_hidden()
    key = json.loads(page.evaluate("localStorage.getItem('test:key')"))
    assert (len(key), key[0]) == (65, 4)
    [device] = page.request.get("/api/v1/devices").json()["items"]
    assert (device["service"], device["locale"], device["is_current"]) == ("web_push", "en", True)

    push(page, address, NOTE)
    page.wait_for_function(f"async () => (await ({SHOWN})()).length")
    push(page, address, NOTE)  # twice is shown once
    assert page.evaluate(SHOWN) == [{"title": NOTE["title"], "tag": NOTE["id"], "lang": "en"}]
    [worker] = page.context.service_workers
    assert worker.evaluate(CLICK) == [f"{address}/posts/1?told={NOTE['id']}"]

    page.get_by_role("button", name="No more in this browser").click()
    expect(page.get_by_role("button", name="Tell me in this browser")).to_be_visible()
    assert page.request.get("/api/v1/devices").json()["items"] == []


def test_who_logs_out_and_comes_back_is_told_again(address: str, open_page: OpenPage) -> None:
    page = open_page(address, PHONE, permissions=["notifications"])
    page.add_init_script(SUBSCRIBE)
    arrive(page, "Quin")
    page.goto("/settings/notifications")
    page.get_by_role("button", name="Tell me in this browser").click()
    expect(page.locator(".row")).to_have_count(1)
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Log out").click()
    page.goto("/login")
    page.get_by_label("Email").fill("quin@example.com")
    page.get_by_label("Password").fill("a good password")
    with page.expect_response(lambda answer: answer.url.endswith("/api/v1/devices")) as registered:
        page.get_by_role("button", name="Log in").click()
    assert registered.value.status == 201
    [device] = page.request.get("/api/v1/devices").json()["items"]
    assert device["is_current"]


def test_a_browser_that_was_removed_stays_away(address: str, open_page: OpenPage) -> None:
    page = open_page(address, PHONE, permissions=["notifications"])
    page.add_init_script(SUBSCRIBE)
    arrive(page, "Rika")
    page.goto("/settings/notifications")
    page.get_by_role("button", name="Tell me in this browser").click()
    expect(page.locator(".row")).to_have_count(1)
    key = page.evaluate("Object.keys(localStorage).find((name) => name.startsWith('push:'))")
    noted = page.evaluate("(key) => JSON.parse(localStorage.getItem(key))", key)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Tell me in this browser")).to_be_visible()
    # As if that had been done elsewhere, yesterday.
    page.evaluate(
        "([key, noted]) => localStorage.setItem(key, noted)", [key, json.dumps(noted | {"day": "?"})]
    )
    page.goto("/feed")
    page.wait_for_function("(key) => !localStorage.getItem(key)", arg=key)
    assert page.request.get("/api/v1/devices").json()["items"] == []


def test_a_browser_that_blocks_notifications_says_so(address: str, open_page: OpenPage) -> None:
    page = open_page(address, PHONE)
    page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' });")
    arrive(page, "Rob")
    page.goto("/settings/notifications")
    expect(page.get_by_text("Your browser blocks notifications of Plaza.")).to_be_visible()
    expect(page.get_by_role("button", name="Tell me in this browser")).to_be_hidden()
