// Likes count at once; a refusal takes the count back.
import { call } from "./api.js";
import { notify } from "./notices.js";

export function startLikes() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-like]")) return;
    event.preventDefault();
    toggle(event.target);
  });
}

// Shows a post's like count wherever the post is on the page.
export function showLikes(postId, count) {
  showCount(`[data-post="${postId}"] [data-like-count]`, count);
}

export function showComments(postId, count) {
  showCount(`[data-post="${postId}"] [data-comment-count]`, count);
}

function showCount(selector, count) {
  for (const place of document.querySelectorAll(selector)) {
    if (place.textContent === String(count)) continue;
    place.textContent = count;
    place.parentElement.classList.remove("is-bumped");
    void place.offsetWidth; // restarts the animation
    place.parentElement.classList.add("is-bumped");
  }
}

async function toggle(form) {
  const button = form.querySelector("button");
  if (form.dataset.waiting) return;
  const wasLiked = button.getAttribute("aria-pressed") === "true";
  const before = Number(form.querySelector("[data-like-count]").textContent);
  const show = (liked, count) => {
    button.setAttribute("aria-pressed", liked);
    form.elements.action.value = liked ? "unlike" : "like";
    showLikes(form.dataset.like, count);
  };
  form.dataset.waiting = "yes";
  show(!wasLiked, before + (wasLiked ? -1 : 1));
  try {
    const state = await call(wasLiked ? "DELETE" : "PUT", `/posts/${form.dataset.like}/like`);
    show(state.liked, state.like_count);
  } catch (error) {
    show(wasLiked, before);
    notify(error.message);
  } finally {
    delete form.dataset.waiting;
  }
}
