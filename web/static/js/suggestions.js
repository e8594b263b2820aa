// Whom the reader does not want suggested goes at once; a refusal brings them back.
import { call } from "./api.js";
import { notify } from "./notices.js";

export function startSuggestions() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-dismiss]")) return;
    event.preventDefault();
    dismiss(event.target);
  });
}

async function dismiss(form) {
  const item = form.closest("li");
  const next = item.nextElementSibling ?? item.previousElementSibling;
  item.hidden = true;
  next?.querySelector("a")?.focus(); // so that the keyboard stays in the list
  try {
    await call("POST", `/users/suggestions/${form.dataset.dismiss}/dismiss`);
    const part = item.closest("[data-suggestions]");
    item.remove();
    if (!part.querySelector("li")) part.remove();
  } catch (error) {
    item.hidden = false;
    notify(error.message);
  }
}
