// Saving shows at once; a refusal takes it back.
import { call } from "./api.js";
import { notify } from "./notices.js";

export function startSaves() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-save]")) return;
    event.preventDefault();
    toggle(event.target);
  });
}

async function toggle(form) {
  if (form.dataset.waiting) return;
  const button = form.querySelector("button");
  const wasSaved = button.getAttribute("aria-pressed") === "true";
  const show = (saved) => {
    button.setAttribute("aria-pressed", saved);
    form.elements.action.value = saved ? "unsave" : "save";
  };
  form.dataset.waiting = "yes";
  show(!wasSaved);
  try {
    await call(wasSaved ? "DELETE" : "PUT", `/posts/${form.dataset.save}/save`);
  } catch (error) {
    show(wasSaved);
    notify(error.message);
  } finally {
    delete form.dataset.waiting;
  }
}
