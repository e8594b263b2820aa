// Notifications: the number at the bell and in the title, the menu of the newest, the list and what is done with it.
// live.js brings the frames; every window of a member gets them, so that all of them show the same.
import { call } from "./api.js";
import { announce, notify } from "./notices.js";
import { fetchPage, text } from "./page.js";

const GATHER_MILLISECONDS = 250; // several frames are answered by one look at the server
const IN_MENU = 6;
const MOST_COUNTED = 99;

const ACTS = {
  read: { change: "read", call: (id) => call("PUT", `/notifications/${id}/read`, undefined, { keepalive: true }) },
  archive: { change: "archived", call: (id) => call("POST", `/notifications/${id}/archive`) },
  delete: { change: "deleted", call: (id) => call("DELETE", `/notifications/${id}`) },
};

const timers = new Map();

export function startNotifications() {
  const badge = document.querySelector("[data-unread]");
  if (!badge) return;
  showUnread(Number(badge.dataset.unread));
  document.addEventListener("click", follow);
  document.addEventListener("submit", deal);
  document.addEventListener("keydown", closeMore);
  const menu = document.querySelector("[data-newest]");
  menu?.addEventListener("toggle", (event) => event.newState === "open" && fillMenu(menu));
  navigator.serviceWorker?.addEventListener("message", ({ data }) => comeFrom(data.told));
  const here = new URL(location.href);
  if (!here.searchParams.has("told")) return;
  comeFrom(here.searchParams.get("told"));
  here.searchParams.delete("told");
  history.replaceState(history.state, "", here);
}

// A push was clicked (sw.js), so that its notification is read; the frame that follows shows it.
function comeFrom(id) {
  if (id) ACTS.read.call(id).catch(() => null); // deleted by now
}

// Frames

// Something happened, or more of it. isKnown: the count of this connection's greeting has it already.
export function told(data, isKnown) {
  if (data.type !== "message") notify(data.title, data.action_url ?? "/notifications"); // those tell of themselves
  if (!isKnown) showUnread(data.unread_count);
  refreshLists();
}

// More happened, or here or elsewhere something was read, archived or deleted; no id means all.
export function updated(data, isKnown) {
  if (!data.change) return told(data, isKnown);
  show(data.id, data.change);
  if (!isKnown) showUnread(data.unread_count);
}

// Too much was missed to show it piece by piece.
export function refresh() {
  refreshLists();
  gathered(countAnew);
}

export function showUnread(count) {
  const shown = count > MOST_COUNTED ? `${MOST_COUNTED}+` : String(count);
  for (const badge of document.querySelectorAll("[data-unread]")) {
    badge.hidden = !count;
    badge.querySelector("[data-unread-count]").textContent = shown;
  }
  const all = document.querySelector("[data-read-all] button");
  if (all) all.disabled = !count;
  navigator.setAppBadge?.(count).catch(() => null); // pushes have set it, too; not everywhere is it allowed
  document.title = (count ? `(${shown}) ` : "") + document.title.replace(/^\(\d+\+?\) /, "");
}

// What readers do

function follow(event) {
  const row = event.target.closest(".notification__link")?.closest("[data-notification]");
  if (!row?.classList.contains("is-unread")) return;
  markRead(row);
  ACTS.read.call(row.dataset.notification).catch(() => null); // the page is left anyway
}

async function deal(event) {
  const form = event.target.closest("[data-deal], [data-read-all]");
  if (!form) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  try {
    if (form.matches("[data-read-all]")) await readAll();
    else await dealWith(form.closest("[data-notification]"), ACTS[event.submitter.value]);
  } catch (error) {
    notify(error.message);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

async function readAll() {
  await call("PUT", "/notifications/read-all");
  show(null, "read");
  showUnread(0);
}

async function dealWith(row, act) {
  const more = row.querySelector("details");
  await act.call(row.dataset.notification).catch((error) => {
    if (error.status !== 404) throw error; // it is gone, from another window
    act = ACTS.delete;
  });
  more.open = false;
  more.querySelector("summary").focus();
  show(row.dataset.notification, act.change);
  gathered(countAnew);
}

function closeMore(event) {
  const more = event.key === "Escape" && event.target.closest?.(".notification__more[open]");
  if (!more) return;
  more.open = false;
  more.querySelector("summary").focus();
}

// The list

function show(id, change) {
  const list = document.querySelector("[data-notifications]");
  const rows = [...document.querySelectorAll("[data-notification]")];
  for (const row of rows.filter((each) => id === null || each.dataset.notification === id)) {
    if (change === "read") markRead(row);
    else if (change === "deleted" || list === null || !("archived" in list.dataset)) remove(row);
  }
}

function markRead(row) {
  row.classList.remove("is-unread");
  for (const part of row.querySelectorAll("[data-while-unread]")) part.remove();
}

function remove(row) {
  if (row.contains(document.activeElement)) {
    const beside = row.nextElementSibling ?? row.previousElementSibling;
    (beside?.querySelector("a") ?? document.getElementById("main")).focus();
  }
  row.remove();
  showWhetherEmpty();
}

function showWhetherEmpty() {
  const list = document.querySelector("[data-notifications]");
  if (list) document.querySelector("[data-nothing]").hidden = list.children.length > 0 || Boolean(document.querySelector("[data-more]"));
}

function refreshLists() {
  gathered(refreshList);
  const menu = document.querySelector("[data-newest]");
  if (menu?.matches(":popover-open")) gathered(fillMenu, menu);
}

// The newest, as the server writes them, before what is there; what the reader is busy with stays as it is.
async function refreshList() {
  const list = document.querySelector("[data-notifications]");
  if (!list || "archived" in list.dataset) return;
  const page = await fetchPage(list.dataset.notifications).catch(() => null);
  let place = list.firstElementChild;
  for (const fresh of page?.querySelectorAll("[data-notifications] > li") ?? []) {
    const old = list.querySelector(`:scope > [data-notification="${fresh.dataset.notification}"]`);
    const row = old?.contains(document.activeElement) ? old : fresh;
    if (old && old !== row) {
      if (old === place) place = old.nextElementSibling;
      old.remove();
    }
    if (row === place) place = place.nextElementSibling;
    else list.insertBefore(row, place);
  }
  showWhetherEmpty();
}

async function countAnew() {
  const { unread } = await call("GET", "/notifications/unread-count").catch(() => ({}));
  if (unread !== undefined) showUnread(unread);
}

// The menu at the bell

async function fillMenu(menu) {
  const list = menu.querySelector("ol");
  list.setAttribute("aria-busy", "true");
  try {
    const page = await fetchPage("/notifications");
    const rows = [...page.querySelectorAll("[data-notifications] > li")].slice(0, IN_MENU);
    for (const row of rows) row.querySelector("details").remove();
    list.replaceChildren(...rows);
    menu.querySelector("[data-newest-none]").hidden = rows.length > 0;
  } catch {
    announce(text("Failed")); // the link to all of them is still there
  } finally {
    list.removeAttribute("aria-busy");
  }
}

function gathered(act, ...values) {
  clearTimeout(timers.get(act));
  timers.set(act, setTimeout(act, GATHER_MILLISECONDS, ...values));
}
