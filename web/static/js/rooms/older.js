// What was said before: the link above the lines brings the page that it leads to, also when it comes into sight.
import { notify } from "../notices.js";
import { fetchPage } from "../page.js";
import { keepPlace } from "../talk.js";

export function startOlder(room, scroll, lines) {
  const place = room.querySelector("[data-older-place]");
  const link = () => place.querySelector("[data-older]");
  const replace = (page) => {
    const next = page.querySelector("[data-older]");
    place.hidden = !next;
    place.replaceChildren(...(next ? [next] : []));
  };
  const grow = async () => {
    const from = link();
    if (!from || from.getAttribute("aria-busy") === "true") return false;
    from.setAttribute("aria-busy", "true");
    const page = await fetchPage(from.href).catch((error) => notify(error.message));
    from.removeAttribute("aria-busy");
    if (!page) return false; // the link stays, for trying it again
    const isNew = (item) => !lines.querySelector(`[data-line="${item.dataset.line}"]`);
    const items = [...page.querySelectorAll("[data-lines] > li")].filter(isNew);
    const change = () => {
      lines.prepend(...items);
      replace(page);
    };
    keepPlace(scroll, change, { atStart: true });
    return true;
  };
  place.addEventListener("click", (event) => {
    if (!event.target.closest("[data-older]")) return;
    event.preventDefault();
    grow();
  });
  const watch = async ([entry]) => {
    if (!entry.isIntersecting || !link()) return;
    if (!(await grow())) return;
    observer.unobserve(place); // looked at anew, in case it is still in sight
    observer.observe(place);
  };
  const observer = new IntersectionObserver(watch, { root: scroll, rootMargin: "200px" });
  observer.observe(place);
  // Takes the link over from a page that was read anew.
  return { replace };
}
