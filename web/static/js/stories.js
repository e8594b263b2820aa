// Stories one after the other: by themselves, by key, by touch. Without scripts they are a plain list.
import { call } from "./api.js";

export function startStories() {
  const place = document.querySelector("[data-stories]");
  if (!place) return;
  const slides = [...place.querySelectorAll("[data-story]")];
  const bars = bar(place, slides.length);
  const first = slides.findIndex((slide) => slide.dataset.viewed !== "yes");
  const state = { at: -1, started: 0, spent: 0, frame: 0, paused: false };

  const length = () => Number(slides[state.at].dataset.duration);
  const film = () => slides[state.at]?.querySelector("video");
  const go = (to) => {
    film()?.pause();
    if (to >= slides.length) return leave(place.dataset.next);
    if (to < 0) return place.dataset.previous ? leave(place.dataset.previous) : go(0);
    state.at = to;
    slides.forEach((slide, index) => (slide.hidden = index !== to));
    bars.forEach((each, index) => (each.value = index < to ? 1 : 0));
    Object.assign(state, { started: performance.now(), spent: 0, paused: false });
    const video = film();
    if (video) {
      video.currentTime = 0;
      video.play().catch(() => pause(true)); // browsers may want a click first
    }
    seen(slides[to]);
  };
  const pause = (paused) => {
    if (paused === state.paused) return;
    if (paused) state.spent += performance.now() - state.started;
    else state.started = performance.now();
    state.paused = paused;
    place.toggleAttribute("data-paused", paused);
    const video = film();
    if (video) paused ? video.pause() : video.play().catch(() => null);
  };
  const tick = () => {
    state.frame = requestAnimationFrame(tick);
    if (state.paused) return;
    const share = (state.spent + performance.now() - state.started) / length();
    bars[state.at].value = Math.min(share, 1);
    if (share >= 1) go(state.at + 1);
  };
  startKeys({
    ArrowRight: () => go(state.at + 1),
    ArrowLeft: () => go(state.at - 1),
    " ": () => pause(!state.paused),
    Escape: () => leave(place.dataset.close),
  });
  startTouch(place, { next: () => go(state.at + 1), back: () => go(state.at - 1), pause });
  for (const form of place.querySelectorAll("form")) {
    form.addEventListener("focusin", () => pause(true)); // nobody is hurried who writes
  }
  document.addEventListener("visibilitychange", () => pause(document.hidden));
  place.classList.add("stories--one");
  go(Math.max(first, 0));
  tick();
}

function bar(place, count) {
  const row = document.createElement("div");
  row.className = "stories__bars";
  row.setAttribute("aria-hidden", "true");
  for (let index = 0; index < count; index += 1) row.append(document.createElement("progress"));
  place.prepend(row);
  return [...row.children];
}

function seen(slide) {
  if (slide.dataset.viewed === "yes" || slide.dataset.own === "yes") return;
  slide.dataset.viewed = "yes";
  call("POST", `/stories/${slide.dataset.story}/view`).catch(() => null); // it may have expired meanwhile
}

function leave(address) {
  location.href = address || "/feed";
}

function startKeys(acts) {
  document.addEventListener("keydown", (event) => {
    const isWriting = event.target.matches("input, textarea, select, button, a");
    if (isWriting && event.key !== "Escape") return;
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}

// A tap on the left third goes back, elsewhere on; holding pauses.
function startTouch(place, { next, back, pause }) {
  const HOLD = 250; // milliseconds
  let pressed = 0;
  place.addEventListener("pointerdown", (event) => {
    if (event.target.closest("a, button, form")) return;
    pressed = performance.now();
    pause(true);
  });
  place.addEventListener("pointerup", (event) => {
    if (!pressed) return;
    const held = performance.now() - pressed > HOLD;
    pressed = 0;
    pause(false);
    if (held) return;
    const { left, width } = place.getBoundingClientRect();
    if (event.clientX - left < width / 3) back();
    else next();
  });
}
