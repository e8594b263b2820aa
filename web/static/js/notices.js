// Short messages at the bottom of the page, read out by screen readers.
const STAYS_MILLISECONDS = 6000;
const MOST = 3;

export function notify(message, address) {
  const place = document.getElementById("notices");
  const notice = document.createElement(address ? "a" : "p");
  notice.className = "notice";
  notice.textContent = message;
  if (address) notice.href = address;
  place.append(notice);
  while (place.children.length > MOST) place.firstElementChild.remove();
  setTimeout(() => notice.remove(), STAYS_MILLISECONDS);
}
