// Follows show at once; a refusal takes them back.
import { call } from "./api.js";
import { notify } from "./notices.js";

export function startFollows() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-follow]")) return;
    event.preventDefault();
    toggle(event.target);
  });
}

async function toggle(form) {
  if (form.dataset.waiting) return;
  const button = form.querySelector("button");
  const count = document.querySelector(`[data-follower-count="${form.dataset.follow}"]`);
  const wasFollowing = button.getAttribute("aria-pressed") === "true";
  const before = Number(count?.textContent);
  const show = (following) => {
    button.setAttribute("aria-pressed", following);
    form.elements.action.value = following ? "unfollow" : "follow";
    if (count) count.textContent = before + following - wasFollowing;
  };
  form.dataset.waiting = "yes";
  show(!wasFollowing);
  try {
    const relationship = await call(wasFollowing ? "DELETE" : "PUT", `/users/${form.dataset.follow}/follow`);
    show(relationship.following || relationship.requested);
    const state = form.querySelector("[data-follow-state]");
    state.textContent = relationship.requested ? state.dataset.requested : state.dataset.following;
    if (count && relationship.requested) count.textContent = before; // not yet
  } catch (error) {
    show(wasFollowing);
    notify(error.message);
  } finally {
    delete form.dataset.waiting;
  }
}
