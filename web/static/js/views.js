// Tells which posts were looked at: half in sight for a second. Together, so that scrolling costs few requests.
import { call } from "./api.js";
import { me } from "./page.js";

const LONG_ENOUGH = 1000; // milliseconds
const TOGETHER = 5000;
const MOST = 50; // in one request

export function startViews() {
  if (!me || !("IntersectionObserver" in window)) return;
  const told = new Set();
  const waiting = new Set();
  const timers = new WeakMap();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(timers.get(target));
      if (isIntersecting) timers.set(target, setTimeout(() => note(target), LONG_ENOUGH));
    }
  }, { threshold: 0.5 });
  const note = (post) => {
    const id = post.dataset.post;
    observer.unobserve(post);
    if (told.has(id) || /^[0-]+$/.test(id.slice(0, 13))) return;
    told.add(id);
    waiting.add(id);
  };
  const tell = (options) => {
    const ids = [...waiting].slice(0, MOST);
    for (const id of ids) waiting.delete(id);
    if (ids.length) call("POST", "/posts/views", { ids }, options).catch(() => null); // a count may miss some
  };
  const observe = () => {
    for (const post of document.querySelectorAll("[data-post]:not([data-observed])")) {
      post.dataset.observed = "yes";
      observer.observe(post);
    }
  };
  observe();
  new MutationObserver(observe).observe(document.getElementById("main"), { childList: true, subtree: true });
  setInterval(tell, TOGETHER);
  addEventListener("pagehide", () => tell({ keepalive: true }));
}
