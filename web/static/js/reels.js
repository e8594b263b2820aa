// Reels play while they are in sight; how long each was watched is told when it leaves.
import { call } from "./api.js";
import { me } from "./page.js";

const IN_SIGHT = 0.6; // of its height

export function startReels() {
  const list = document.querySelector("[data-reels]");
  if (!list) return;
  const watched = new Map(); // milliseconds by video, since it came into sight
  const observer = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio } of entries) {
      if (intersectionRatio >= IN_SIGHT) play(target);
      else rest(target, watched);
    }
  }, { threshold: [0, IN_SIGHT] });
  const observe = (place) => {
    for (const video of place.querySelectorAll("[data-reel] video:not([data-watched])")) {
      video.dataset.watched = "yes";
      countTime(video, watched);
      observer.observe(video);
    }
  };
  observe(list);
  new MutationObserver(() => observe(list)).observe(list, { childList: true });
  addEventListener("pagehide", () => {
    for (const video of list.querySelectorAll("video")) tell(video, watched);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, textarea, select") || event.metaKey || event.ctrlKey) return;
    const act = { ArrowDown: () => move(list, 1), j: () => move(list, 1), ArrowUp: () => move(list, -1), k: () => move(list, -1), m: () => mute(list) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  list.addEventListener("click", (event) => {
    if (!event.target.matches("video")) return;
    if (event.target.paused) event.target.play();
    else event.target.pause();
  });
  list.addEventListener("volumechange", (event) => {
    for (const video of list.querySelectorAll("video")) video.muted = event.target.muted;
  }, true);
}

function play(video) {
  video.preload = "auto";
  video.play().catch(() => null); // browsers may want a click first
}

function rest(video, watched) {
  video.pause();
  tell(video, watched);
}

// By the clock of the film, so that waiting for bytes is no watching; a loop goes on counting.
function countTime(video, watched) {
  let last = 0;
  video.addEventListener("timeupdate", () => {
    const step = video.currentTime - last;
    last = video.currentTime;
    if (step > 0 && step < 2) watched.set(video, (watched.get(video) ?? 0) + step * 1000);
  });
}

function tell(video, watched) {
  const watched_ms = Math.round(watched.get(video) ?? 0);
  watched.delete(video);
  if (!watched_ms || !me) return;
  const id = video.closest("[data-reel]").dataset.reel;
  call("POST", `/reels/${id}/watch`, { watched_ms }, { keepalive: true }).catch(() => null); // the page may be gone
}

function move(list, step) {
  const reels = [...list.querySelectorAll("[data-reel]")];
  const middle = innerHeight / 2;
  const at = reels.findIndex((reel) => {
    const { top, bottom } = reel.getBoundingClientRect();
    return top <= middle && bottom > middle;
  });
  reels[at + step]?.scrollIntoView({ behavior: "smooth", block: "center" });
}

function mute(list) {
  const video = [...list.querySelectorAll("video")].find((each) => !each.paused);
  if (video) video.muted = !video.muted;
}
