// What rooms and talks with strangers have in common: lines, writing, who types, the connection.
import { fill } from "./page.js";
import { onConnection } from "./topics.js";

const NEAR_END = 80; // pixels from the end of the lines that still count as reading the newest
const TYPING_EVERY = 3_000;

// An id that the server may know a message by, however often it is sent.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // pages without TLS have only this
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// Runs `change` on the lines in `scroll`; whoever reads the end still does then, everybody else keeps their place.
export function keepPlace(scroll, change, { isOwn = false, atStart = false } = {}) {
  const fromEnd = scroll.scrollHeight - scroll.scrollTop;
  const isAtEnd = fromEnd - scroll.clientHeight < NEAR_END;
  change();
  if (atStart) scroll.scrollTop = scroll.scrollHeight - fromEnd;
  else if (isOwn || isAtEnd) toEnd(scroll);
}

export function toEnd(scroll) {
  scroll.scrollTop = scroll.scrollHeight;
}

// Enter sends, Shift and Enter begin a line; while a syllable is being composed, Enter belongs to it.
// send(words); typing(isTyping), not more often than others have to know.
export function startWriting(form, { send, typing }) {
  const { body } = form.elements;
  let toldAt = 0;
  const stop = () => {
    if (toldAt) typing(false);
    toldAt = 0;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = body.value.trim();
    if (!words || form.querySelector("button:not([type=button])").disabled) return;
    body.value = "";
    stop();
    send(words);
    body.focus();
  });
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  body.addEventListener("input", () => {
    if (!body.value.trim()) return stop();
    if (Date.now() - toldAt < TYPING_EVERY) return;
    toldAt = Date.now();
    typing(true);
  });
  body.addEventListener("blur", stop);
}

// Shows who types; a sign that is not repeated is forgotten. Texts: textTyping, and textTypingSome for several.
export function startTyping(place, texts) {
  const typing = new Map();
  const show = () => {
    const names = [...typing.values()].map(({ name }) => name);
    const words = names.length > 1 ? texts.textTypingSome : texts.textTyping;
    place.textContent = names.length ? fill(words, { name: names[0] }) : "";
  };
  const forget = (who) => {
    clearTimeout(typing.get(who)?.timer);
    typing.delete(who);
    show();
  };
  return {
    sign(who, name, { is_typing, expires_in }) {
      forget(who);
      if (is_typing) typing.set(who, { name, timer: setTimeout(() => forget(who), expires_in * 1_000) });
      show();
    },
    forget,
  };
}

// Says above the lines that the connection is away, but not for the moment in which a page opens.
export function startBanner(banner) {
  const PATIENCE = 2_000;
  let timer = 0;
  let isOver = false;
  onConnection((isThere) => {
    clearTimeout(timer);
    if (isOver) return;
    if (isThere) banner.hidden = true;
    else timer = setTimeout(() => say(banner.dataset.textOffline), PATIENCE);
  });
  const say = (words) => {
    banner.textContent = words;
    banner.hidden = false;
  };
  return {
    over(words) {
      isOver = true;
      clearTimeout(timer);
      say(words);
    },
  };
}
