// Lists grow in place: the link to more brings the items of the page that it leads to.
import { call } from "./api.js";
import { startComments } from "./composer.js";
import { announce, notify } from "./notices.js";
import { text } from "./page.js";

export function startLists() {
  onClick("[data-more]", grow);
  onClick("[data-thread]", openThread);
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-notification]");
    if (item?.parentElement.classList.contains("is-unread")) {
      call("PUT", `/notifications/${item.dataset.notification}/read`).catch(() => null); // the page is left anyway
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-confirm]") && !confirm(text("Delete"))) event.preventDefault();
  });
}

// A page of ours as a document, for taking parts out of it.
export async function fetchPage(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(text("Failed"));
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

function onClick(selector, act) {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest(selector);
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") return;
    link.setAttribute("aria-busy", "true");
    await act(link, await fetchPage(link.href).catch((error) => notify(error.message)));
    link.removeAttribute("aria-busy");
  });
}

function grow(link, page) {
  if (!page) return;
  const items = [...page.querySelectorAll("[data-list] > li")];
  document.querySelector("[data-list]").append(...items);
  items[0]?.querySelector("a:not([tabindex])")?.focus();
  const next = page.querySelector("[data-more]");
  if (next) link.href = next.getAttribute("href");
  else link.parentElement.remove();
  announce(text("More"));
}

function openThread(link, page) {
  const id = link.closest("li").id;
  const open = page?.getElementById(id);
  if (!open) return;
  document.getElementById(id).replaceWith(open);
  startComments(open);
  open.querySelector("textarea")?.focus();
}
