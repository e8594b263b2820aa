// How many conversations wait to be read, and the list of them where a page has one.
import { call } from "./api.js";
import { notify } from "./notices.js";
import { paced } from "./pace.js";
import { fetchPage, me, text } from "./page.js";

const SOON = 250; // milliseconds; what comes meanwhile is looked up together
const LOOKS_APART = 3_000;
const DELIVERIES_APART = 10_000; // they count as writing, of which there is less
const arrived = new Map(); // the newest number of each conversation that this window has got
let isStale = false; // something happened while nobody looked

// Says that somebody wrote, unless their conversation is open, or is not to be heard.
export function tellMessage({ message, is_muted, is_request }) {
  if (message.sender_id !== me) deliver(message);
  countConversations();
  if (message.sender_id === me || !message.sender || is_muted || is_request) return;
  const isOpen = openConversation() === message.conversation_id;
  if (!isOpen) notify(text("Wrote", { name: message.sender.nickname }), `/messages/${message.conversation_id}`);
}

// Tells the server that the message is here. Where it does not hear that, the next message tells it.
function deliver({ conversation_id, seq }) {
  arrived.set(conversation_id, Math.max(seq, arrived.get(conversation_id) ?? 0));
  deliverSoon();
}

const deliverSoon = paced(() => {
  for (const [id, seq] of arrived) call("PUT", `/conversations/${id}/delivered`, { seq }).catch(() => null);
  arrived.clear();
}, { soon: SOON, apart: DELIVERIES_APART });

// The server knows what is unread; counting frames here would drift after a break.
export function countConversations() {
  isStale = document.visibilityState !== "visible";
  if (!isStale) look();
}

document.addEventListener("visibilitychange", () => isStale && countConversations());

const look = paced(async () => {
  const open = openConversation();
  const shown = location.pathname === "/messages" ? location.search : open ? `?open=${open}` : "";
  const page = await fetchPage(`/messages${shown}`).catch(() => null); // the next frame asks again
  const badge = page?.querySelector("[data-unread-conversations]"); // none where one has to log in again
  if (!badge) return;
  showUnreadConversations(Number(badge.dataset.unreadConversations));
  exchangeList(page);
}, { soon: SOON, apart: LOOKS_APART });

export function showUnreadConversations(count) {
  const badge = document.querySelector("[data-unread-conversations]");
  badge.hidden = !count;
  badge.querySelector("[data-count]").textContent = count;
}

function openConversation() {
  return document.querySelector("[data-talk]")?.dataset.talk;
}

// What was brought from later pages stays below the first one.
function exchangeList(page) {
  const [list, newer] = [document, page].map((each) => each.querySelector("[data-conversations]"));
  if (!list || !newer) return;
  const fresh = [...newer.children];
  const addresses = new Set(fresh.map(addressOf));
  const isLong = page.querySelector("[data-conversations] ~ .more");
  const rest = isLong ? [...list.children].slice(fresh.length).filter((item) => !addresses.has(addressOf(item))) : [];
  const focused = list.contains(document.activeElement) && addressOf(document.activeElement.closest("li"));
  list.replaceChildren(...fresh, ...rest);
  if (focused) list.querySelector(`a[href="${focused}"]`)?.focus({ preventScroll: true });
  list.parentElement.querySelector("[data-empty]").hidden = list.children.length > 0;
}

function addressOf(item) {
  return item.querySelector("a").getAttribute("href");
}
