// Lists grow in place: the link to more brings the items of the page that it leads to.
import { startComments } from "./composer.js";
import { announce, notify } from "./notices.js";
import { fetchPage, text } from "./page.js";

export function startLists() {
  onClick("[data-more]", grow);
  growBySight();
  onClick("[data-thread]", openThread);
  document.addEventListener("submit", (event) => {
    const { confirm: question } = event.target.dataset;
    if (question !== undefined && !confirm(question || text("Delete"))) event.preventDefault();
  });
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

// A list whose end comes into sight grows by itself; the link stays for keyboards and for when that fails.
function growBySight() {
  const link = document.querySelector("[data-more=auto]");
  if (!link || !("IntersectionObserver" in window)) return;
  const observer = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting || link.getAttribute("aria-busy") === "true") return;
    link.dataset.bySight = "yes";
    link.click();
  }, { rootMargin: "600px" });
  observer.observe(link);
  link.addEventListener("grown", () => {
    observer.unobserve(link); // looked at anew, in case it is still in sight
    observer.observe(link);
  });
}

function grow(link, page) {
  if (!page) return;
  const items = [...page.querySelectorAll("[data-list] > li")];
  document.querySelector("[data-list]").append(...items);
  if (link.dataset.bySight) delete link.dataset.bySight; // who only scrolls keeps their place
  else items[0]?.querySelector("a:not([tabindex])")?.focus();
  const next = page.querySelector("[data-more]");
  if (next) {
    link.href = next.getAttribute("href");
    queueMicrotask(() => link.dispatchEvent(new Event("grown")));
  }
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
