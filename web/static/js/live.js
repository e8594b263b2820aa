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
    tell("Liked", doer(data), place(data));
  },
  content_commented: (data) => {
    showComments(data.content_id, data.new_comment_count);
    tell("Commented", doer(data), `/posts/${data.content_id}#comments`);
  },
  content_shared: (data) => tell("Shared", doer(data), `/posts/${data.share_id}`),
  mentioned: (data) => tell("Mentioned", doer(data), `${place(data)}${data.comment_id ? "#comments" : ""}`),
  story_liked: (data) => tell("StoryLiked", doer(data), `/stories/${data.story_id}`),
  user_followed: (data) => tell("Followed", doer(data, "follower"), `/members/${data.follower_id}`),
  // What is asked leads to where it is answered.
  follow_request: (data) => tell("FollowRequest", doer(data), "/friends"),
  follow_approved: (data) => tell("FollowApproved", doer(data), `/members/${data.user_id}`),
  friend_request: (data) => tell("FriendRequest", doer(data), "/friends"),
  friend_accepted: (data) => tell("FriendAccepted", doer(data), `/members/${data.user_id}`),
  partner_invited: (data) => tell("PartnerInvited", doer(data), "/accountability"),
  partner_accepted: (data) => tell("PartnerAccepted", doer(data), `/accountability/${data.partnership_id}`),
  partner_checked_in: (data) => tell("PartnerCheckedIn", doer(data), `/accountability/${data.partnership_id}`),
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

function place(data) {
  return `/${data.content_type === "story" ? "stories" : "posts"}/${data.content_id}`;
}

// Who did it, out of a frame that names them `user` or otherwise.
function doer(data, who = "user") {
  return { id: data[`${who}_id`], nickname: data[`${who}_name`], avatar_url: data[`${who}_avatar_url`] };
}

function tell(kind, member, link) {
  notify(text(kind, { name: member.nickname }), link, member);
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
