// The socket: counts change while the reader watches, and missed frames are fetched after a break.
import { call } from "./api.js";
import { showComments, showLikes } from "./likes.js";
import { fetchPage } from "./page.js";
import { notify } from "./notices.js";
import { me, realtimeUrl, text } from "./page.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const STEADY_MILLISECONDS = 10_000;
const UNREAD_DELAY = 250;
const SIGNED_OUT = 4001;
const SEQ_KEY = `seq ${me}`;

const handlers = {
  connected: (data) => showUnread(data.unread_notifications),
  content_liked: (data) => {
    showLikes(data.content_id, data.new_like_count);
    tell("Liked", data.user_name, `/posts/${data.content_id}`);
  },
  content_commented: (data) => {
    showComments(data.content_id, data.new_comment_count);
    tell("Commented", data.user_name, `/posts/${data.content_id}#comments`);
  },
  user_followed: (data) => tell("Followed", data.follower_name, `/members/${data.follower_id}`),
  resync: () => refresh(), // too much was missed to send it again
};

let failures = 0;

export function startLive() {
  connect();
}

async function connect() {
  let socket;
  try {
    socket = new WebSocket(await address());
  } catch {
    return again();
  }
  let steady;
  socket.addEventListener("open", () => {
    steady = setTimeout(() => (failures = 0), STEADY_MILLISECONDS);
  });
  socket.addEventListener("message", (message) => receive(JSON.parse(message.data)));
  socket.addEventListener("close", (event) => {
    clearTimeout(steady);
    if (event.code === SIGNED_OUT) location.reload();
    else again();
  });
}

// Exponential back-off with full jitter, so that a restart of the server is not met by everybody at once.
function again() {
  const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures++);
  setTimeout(connect, FIRST_WAIT / 2 + Math.random() * longest);
}

async function address() {
  const url = new URL("/ws", realtimeUrl.replace(/^http/, "ws"));
  const seq = sessionStorage.getItem(SEQ_KEY);
  if (seq) url.searchParams.set("last_seq", seq);
  if (new URL(realtimeUrl).origin !== location.origin) {
    const { ticket } = await call("POST", "/ws/ticket");
    url.searchParams.set("ticket", ticket);
  }
  return url;
}

function receive(frame) {
  handlers[frame.event]?.(frame.data);
  // The greeting names the newest frame; those missed before it are still to come.
  const isGreeting = frame.event === "connected";
  if (frame.seq && !(isGreeting && sessionStorage.getItem(SEQ_KEY))) sessionStorage.setItem(SEQ_KEY, frame.seq);
}

function tell(kind, name, link) {
  notify(text(kind, { name }), link);
  clearTimeout(tell.timer);
  tell.timer = setTimeout(refresh, UNREAD_DELAY);
}

// The server knows what is unread; counting frames here would drift after a break.
async function refresh() {
  const { unread } = await call("GET", "/notifications/unread-count").catch(() => ({}));
  if (unread !== undefined) showUnread(unread);
  const list = document.querySelector("[data-notifications]");
  if (!list) return;
  const page = await fetchPage("/notifications").catch(() => null);
  if (page) list.replaceChildren(...page.querySelector("[data-notifications]").children);
}

function showUnread(count) {
  const badge = document.querySelector("[data-unread]");
  badge.hidden = !count;
  badge.querySelector("[data-unread-count]").textContent = count;
}
