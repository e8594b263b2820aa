// Likes count at once; a refusal takes the count back.
import { call } from "./api.js";
import { notify } from "./notices.js";

export function startLikes() {
  document.addEventListener("submit", (event) => {
    const { like, likeComment } = event.target.dataset;
    if (!like && !likeComment) return;
    event.preventDefault();
    if (like) toggle(event.target, `/posts/${like}/like`, (count) => showLikes(like, count));
    else toggle(event.target, `/comments/${likeComment}/like`, (count) => showCount(`[data-like-comment="${likeComment}"] [data-count]`, count));
  });
}

// Shows a post's like count wherever the post is on the page.
export function showLikes(postId, count) {
  showCount(`[data-post="${postId}"] :is([data-like-count], [data-likers-count])`, count);
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

async function toggle(form, path, showCounted) {
  const button = form.querySelector("button");
  if (form.dataset.waiting) return;
  const wasLiked = button.getAttribute("aria-pressed") === "true";
  const before = Number(button.querySelector("[data-like-count], [data-count]").textContent);
  const show = (liked, count) => {
    button.setAttribute("aria-pressed", liked);
    form.elements.action.value = liked ? "unlike" : "like";
    showCounted(count);
  };
  form.dataset.waiting = "yes";
  show(!wasLiked, before + (wasLiked ? -1 : 1));
  try {
    const state = await call(wasLiked ? "DELETE" : "PUT", path);
    show(state.liked, state.like_count);
  } catch (error) {
    show(wasLiked, before);
    notify(error.message);
  } finally {
    delete form.dataset.waiting;
  }
}
