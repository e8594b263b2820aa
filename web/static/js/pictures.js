// Pictures of oneself: seen before they are sent, and shown as soon as they are made. Nothing else on the
// page is lost, because only their part of it is exchanged.
import { notify } from "./notices.js";
import { fetchPage, text } from "./page.js";
import { draw } from "./uploads.js";

const EVERY = 1000; // milliseconds between looks at a picture that is being made
const MOST_LOOKS = 30;

export function startPictures() {
  const place = document.querySelector("[data-pictures]");
  if (!place) return;
  place.addEventListener("change", (event) => {
    const canvas = event.target.closest("[data-picture]").querySelector("[data-preview]");
    canvas.hidden = true;
    if (event.target.files.length) draw(event.target.files[0], canvas);
  });
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!event.target.matches("[aria-busy]")) send(event.target);
  });
  watch(MOST_LOOKS);
}

async function send(form) {
  const { id } = form.closest("[data-picture]");
  form.setAttribute("aria-busy", "true");
  try {
    const options = { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } };
    const page = new DOMParser().parseFromString(await (await fetch(form.action, options)).text(), "text/html");
    if (!page.getElementById(id)) throw new Error(page.querySelector("h1")?.textContent || text("Failed"));
    show(page, id);
    const said = page.querySelector(".said, .field__error");
    if (said) notify(said.textContent);
    document.getElementById(id).querySelector("input[type=file]").focus();
    watch(MOST_LOOKS);
  } catch (error) {
    form.removeAttribute("aria-busy");
    notify(error instanceof TypeError ? text("Offline") : error.message); // fetch's own way to fail
  }
}

// Takes a picture's part, and the small one in the head of the page, over from a newer page.
function show(page, id) {
  document.getElementById(id).replaceWith(page.getElementById(id));
  const [mine, newer] = [document, page].map((each) => each.querySelector(".site-nav__me"));
  if (mine && newer) mine.replaceChildren(...newer.childNodes);
}

let watching;

function watch(left) {
  clearTimeout(watching);
  if (!left || !document.querySelector("[data-picture][data-waiting]")) return;
  watching = setTimeout(async () => {
    const page = await fetchPage("/settings/profile").catch(() => null); // asked again
    for (const part of document.querySelectorAll("[data-picture][data-waiting]")) {
      const isChosen = part.querySelector("input[type=file]").value;
      const isMade = page?.getElementById(part.id) && !page.getElementById(part.id).hasAttribute("data-waiting");
      if (isMade && !isChosen) show(page, part.id);
    }
    watch(left - 1);
  }, EVERY);
}
