// Search while one types: the list below the field follows, and so does the address.
import { fetchPage } from "./page.js";

const PAUSE = 250; // milliseconds without a key

export function startSearch() {
  const form = document.querySelector("[data-search]");
  const found = document.querySelector("[data-found]");
  if (!form || !found) return;
  let waiting = 0;
  let asked = 0;
  form.elements.q.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const address = `/search?${new URLSearchParams(new FormData(form))}`;
      const mine = (asked += 1);
      const page = await fetchPage(address).catch(() => null);
      if (!page || mine !== asked) return; // a later answer is on its way or there
      found.replaceChildren(...page.querySelector("[data-found]").childNodes);
      history.replaceState(null, "", address);
    }, PAUSE);
  });
}
