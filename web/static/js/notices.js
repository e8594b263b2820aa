// Short messages at the bottom of the page, read out by screen readers.
import { paintAvatar } from "./page.js";

const STAYS_MILLISECONDS = 6000;
const MOST = 3;

// With a member ({id, nickname, avatar_url}) their picture stands before the message.
export function notify(message, address, member) {
  const notice = document.createElement(address ? "a" : "p");
  notice.className = "notice";
  if (address) notice.href = address;
  say(notice, message);
  if (member) {
    const picture = document.createElement("span");
    picture.className = "avatar avatar--small";
    picture.setAttribute("aria-hidden", "true");
    notice.prepend(picture);
    paintAvatar(picture, member);
  }
}

// For what everybody else can see anyway.
export function announce(message) {
  const notice = document.createElement("p");
  notice.className = "visually-hidden";
  say(notice, message);
}

function say(notice, message) {
  const place = document.getElementById("notices");
  notice.textContent = message;
  place.append(notice);
  while (place.children.length > MOST) place.firstElementChild.remove();
  setTimeout(() => notice.remove(), STAYS_MILLISECONDS);
}
