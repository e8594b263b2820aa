// Who is typing. A sign is forgotten after some seconds, so that who types on says so again.
import { fill } from "../page.js";

const SAID_EVERY = 2_500; // milliseconds; the server drops what comes more often

export class Typing {
  constructor(thread, say) {
    this.thread = thread;
    this.names = JSON.parse(thread.dataset.names);
    this.say = say;
    this.timers = new Map();
    this.saidAt = 0;
  }

  tell(isTyping) {
    const now = performance.now();
    if (isTyping ? this.saidAt && now - this.saidAt < SAID_EVERY : !this.saidAt) return;
    this.saidAt = isTyping ? now : 0;
    this.say(isTyping).catch(() => null); // it would be over by the time
  }

  show({ user_id, is_typing, expires_in }) {
    this.hide(user_id);
    if (!is_typing) return;
    this.timers.set(user_id, setTimeout(() => this.hide(user_id), expires_in * 1000));
    this.#draw();
  }

  hide(userId) {
    clearTimeout(this.timers.get(userId));
    this.timers.delete(userId);
    this.#draw();
  }

  #draw() {
    const place = this.thread.querySelector("[data-typing]"); // the head may be a newer one
    const who = [...this.timers.keys()].map((id) => this.names[id] ?? this.thread.dataset.textSomebody);
    place.textContent = who.length ? fill(this.thread.dataset.textTyping, { name: [...new Set(who)].join(", ") }) : "";
    place.hidden = !who.length;
  }
}
