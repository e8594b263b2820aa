// The socket: counts change while the reader watches, and missed frames are fetched after a break.
import { call } from "./api.js";
import { countConversations, showUnreadConversations, tellMessage } from "./conversations.js";
import { showComments, showLikes } from "./likes.js";
import { refresh, showUnread, told, updated } from "./notifications.js";
import { me, realtimeUrl } from "./page.js";
import { ask, lost, opened, received } from "./topics.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const STEADY_MILLISECONDS = 10_000;
const QUIET_MILLISECONDS = 45_000;
const SIGNED_OUT = 4001;
const SEQ_KEY = `seq ${me}`;

const handlers = {
  connected: (data) => {
    showUnread(data.unread_notifications);
    showUnreadConversations(data.unread_conversations);
  },
  "notification.new": told,
  "notification.updated": updated,
  "message.new": (data) => tellMessage(data),
  "conversation.updated": () => countConversations(),
  "message.read": (data) => data.user_id === me && countConversations(),
  content_liked: (data) => showLikes(data.content_id, data.new_like_count),
  content_commented: (data) => showComments(data.content_id, data.new_comment_count),
  resync: () => refresh(), // too much was missed to send it again
  bye: (data) => (comeBackIn = data.retry_after_ms), // the server stops, and spreads those who come back
};

const listeners = new Map();
let failures = 0;
let comeBackIn = null;
let greeted = 0;
let retry;

export function startLive() {
  connect();
  addEventListener("online", () => {
    failures = 0;
    if (retry) connect();
  });
}

// Has act(data) called for each frame of this kind on the member's own channel.
export function on(event, act) {
  listeners.set(event, [...(listeners.get(event) ?? []), act]);
}

async function connect() {
  clearTimeout(retry);
  retry = null;
  let socket;
  try {
    socket = new WebSocket(await address());
  } catch {
    return again();
  }
  let steady;
  let quiet;
  const close = () => {
    lost();
    socket.close(); // without a network no answer would tell that it is gone
  };
  // Nor does a browser notice when what is between it and the server has forgotten the connection.
  const heard = () => {
    clearTimeout(quiet);
    quiet = setTimeout(
      () => ask({ event: "ping" }).catch((error) => error.code === "OFFLINE" && close()),
      QUIET_MILLISECONDS,
    );
  };
  socket.addEventListener("open", () => {
    steady = setTimeout(() => (failures = 0), STEADY_MILLISECONDS);
    opened((message) => socket.send(JSON.stringify(message)));
    heard();
  });
  addEventListener("offline", close);
  socket.addEventListener("message", (message) => {
    heard();
    receive(JSON.parse(message.data));
  });
  socket.addEventListener("close", (event) => {
    clearTimeout(steady);
    clearTimeout(quiet);
    removeEventListener("offline", close);
    lost();
    if (event.code === SIGNED_OUT) location.reload();
    else again();
  });
}

// Exponential back-off with full jitter, so that a restart of the server is not met by everybody at once.
function again() {
  const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures++);
  retry = setTimeout(connect, comeBackIn ?? FIRST_WAIT / 2 + Math.random() * longest);
  comeBackIn = null;
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
  if (received(frame)) return;
  // The greeting names the newest frame; those missed before it are still to come, and it counts them already.
  const isGreeting = frame.event === "connected";
  if (isGreeting) greeted = frame.seq ?? 0;
  handlers[frame.event]?.(frame.data, frame.seq <= greeted);
  for (const act of listeners.get(frame.event) ?? []) act(frame.data);
  if (frame.seq && !(isGreeting && sessionStorage.getItem(SEQ_KEY))) sessionStorage.setItem(SEQ_KEY, frame.seq);
}
