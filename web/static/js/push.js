// Pushes to this browser: the switch in the settings, and what the server knows of the browser kept true.
import { call } from "./api.js";
import { locale, me, text } from "./page.js";

const isAble = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
// What this browser was registered as, for the member: { id, endpoint, day }; no entry where it is switched off.
const key = `push:${me}`;

export function startPush() {
  if (!me) return comeBackLater();
  const part = document.querySelector("[data-push]");
  if (part) prepare(part);
  if (!isAble || !read()) return;
  // Who removes this browser from the list of devices has switched it off.
  document.addEventListener("submit", ({ target }) => {
    if (target.getAttribute("action")?.endsWith(`/devices/${read()?.id}/remove`)) localStorage.removeItem(key);
  });
  keep();
}

function prepare(part) {
  const [on, off] = ["on", "off"].map((name) => part.querySelector(`[data-push-${name}]`));
  const said = part.querySelector("[data-push-said]");
  const show = () => {
    on.hidden = !isAble || Boolean(read()) || Notification.permission === "denied";
    off.hidden = !isAble || !read();
    if (isAble) said.textContent = Notification.permission === "denied" ? part.dataset.textDenied : "";
  };
  for (const [button, act] of [[on, switchOn], [off, switchOff]]) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await act();
        location.reload(); // the list of devices has changed
      } catch (error) {
        show();
        if (error.name !== "NotAllowedError") said.textContent = error.code ? error.message : text("Failed");
      } finally {
        button.disabled = false;
      }
    });
  }
  show();
}

async function switchOn() {
  await register(await subscribe());
}

async function switchOff() {
  const { id } = read();
  localStorage.removeItem(key);
  const registration = await navigator.serviceWorker.getRegistration("/");
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await call("DELETE", `/devices/${id}`).catch((error) => {
    if (error.status !== 404) throw error; // removed already
  });
}

// Once a day, after coming back, and when the browser has another address.
async function keep() {
  try {
    const registration = await navigator.serviceWorker.getRegistration("/");
    const subscription = await registration?.pushManager.getSubscription();
    if (Notification.permission !== "granted") return localStorage.removeItem(key);
    const noted = read();
    const isTheSame = subscription && noted.endpoint === subscription.endpoint;
    if (isTheSame && noted.day === today()) return;
    if (isTheSame && noted.day && !(await isListed(noted.id))) return await forget(subscription);
    await register(subscription ?? (await subscribe()));
  } catch (error) {
    console.warn("push:", error.message); // the next page tries again
  }
}

async function subscribe() {
  const { public_key } = await call("GET", "/push/vapid-key");
  const applicationServerKey = decoded(public_key);
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const before = await pushManager.getSubscription();
  if (before && !isSame(before.options.applicationServerKey, applicationServerKey)) await before.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

async function register(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const { id } = await call("POST", "/devices", { device_type: "web", subscription: { endpoint, keys }, locale });
  write({ id, endpoint, day: today() });
}

// Whether the server still has this browser: on another device it may have been removed.
async function isListed(id) {
  const { items } = await call("GET", "/devices");
  return items.some((device) => device.id === id);
}

async function forget(subscription) {
  localStorage.removeItem(key);
  await subscription.unsubscribe();
}

// Who is not logged in is told nothing here until they come back; then they are registered anew.
function comeBackLater() {
  for (const each of Object.keys(localStorage).filter((name) => name.startsWith("push:"))) {
    localStorage.setItem(each, JSON.stringify({ ...JSON.parse(localStorage.getItem(each)), day: null }));
  }
}

function today() {
  return new Date().toDateString();
}

function read() {
  return JSON.parse(localStorage.getItem(key));
}

function write(noted) {
  localStorage.setItem(key, JSON.stringify(noted));
}

function decoded(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function isSame(buffer, bytes) {
  const others = new Uint8Array(buffer ?? 0);
  return others.length === bytes.length && others.every((byte, place) => byte === bytes[place]);
}
