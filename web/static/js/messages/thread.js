// A conversation that is open: its history both ways, and what happens while the reader watches.
import { on } from "../live.js";
import { notify } from "../notices.js";
import { fetchPage, me, text } from "../page.js";
import { follow, onConnection } from "../topics.js";
import { startActs } from "./acts.js";
import { Items, showBody } from "./items.js";
import { Receipts } from "./receipts.js";
import { Typing } from "./typing.js";
import { startWriting } from "./writing.js";

const NEAR = 80; // pixels from the end that count as being there
const EARLY = "400px"; // before its end is in sight, a list grows
const OFFLINE_AFTER = 2_000; // milliseconds until a break is worth a word
const OVER = new Set(["left", "NOT_FOUND", "not_allowed"]);

export function startThread() {
  const thread = document.querySelector("[data-talk]");
  const list = thread?.querySelector("[data-messages]");
  if (list) new Thread(thread, list).start();
}

class Thread {
  constructor(thread, list) {
    this.thread = thread;
    this.id = thread.dataset.talk;
    this.address = `/messages/${this.id}`;
    this.scroller = thread.querySelector("[data-scroll]");
    this.newest = thread.querySelector("[data-newest]"); // leads to what came while one reads further up
    this.items = new Items(thread, list);
  }

  start() {
    this.typing = new Typing(this.thread, (isTyping) => this.topic.say("typing", { is_typing: isTyping }));
    this.receipts = new Receipts(this.thread, this.items, {
      isReading: () => this.isNewest() && this.isAtEnd(),
      tell: (seq) => this.topic.say("read", { seq }),
    });
    this.writing = startWriting(this.thread, this.items, {
      shown: () => this.toEnd(),
      sent: () => this.receipts.show(),
      typed: (isTyping) => this.typing.tell(isTyping),
    });
    startActs(this.thread, this.items, this.writing);
    this.#goToPlace();
    this.#watchEnds();
    this.#listen();
    this.scroller.addEventListener("scroll", () => this.#moved(), { passive: true });
    this.newest.addEventListener("click", (event) => {
      if (!this.isNewest()) return; // it is on another page
      event.preventDefault();
      this.toEnd();
      this.scroller.focus({ preventScroll: true });
    });
    for (const event of ["focus", "visibilitychange"]) addEventListener(event, () => this.receipts.read());
    this.receipts.read();
  }

  isNewest() {
    return !this.thread.querySelector("[data-newer]");
  }

  isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #moved() {
    if (this.isNewest() && this.isAtEnd()) this.newest.hidden = true;
    this.receipts.read();
  }

  #goToPlace() {
    const aim = location.hash.startsWith("#m-") && document.getElementById(location.hash.slice(1));
    if (aim) aim.scrollIntoView({ block: "center" });
    else if (this.isNewest()) this.toEnd();
  }

  #listen() {
    const mine = (act) => (data) => {
      if (data.conversation_id === this.id) act(data, this.items.byId(data.message_id ?? data.message?.id));
    };
    on("message.new", mine(({ message }) => this.#came(message)));
    on("message.edited", mine(({ message }, item) => item && this.#edited(message, item)));
    on("message.deleted", mine((_, item) => item && this.items.showGone(item)));
    on("message.reaction", mine(({ reactions }, item) => item && this.items.showReactions(item, reactions)));
    on("message.read", mine((data) => this.receipts.marked("partnerRead", data)));
    on("message.delivered", mine((data) => this.receipts.marked("delivered", data)));
    on("conversation.updated", mine((data) => this.#changed(data)));
    on("resync", () => this.#startOver());
    this.topic = follow(`conversation:${this.id}`, {
      entered: (facts) => this.#entered(facts),
      frame: (event, data) => event === "typing" && this.typing.show(data),
      closed: (code, message) => (OVER.has(code) ? location.assign("/messages") : notify(message ?? text("Failed"))),
    });
    this.#watchConnection();
  }

  // After every break: what came meanwhile, and what could not be sent.
  async #entered(facts) {
    this.receipts.marks(facts);
    if (this.isNewest() && facts.last_message?.seq > this.items.lastSeq()) await this.#catchUp();
    this.writing.again();
    this.receipts.read();
  }

  #watchConnection() {
    const banner = this.thread.querySelector("[data-offline]");
    let timer;
    onConnection((isConnected) => {
      clearTimeout(timer);
      if (isConnected) banner.hidden = true;
      else timer = setTimeout(() => (banner.hidden = false), OFFLINE_AFTER);
    });
  }

  async #came(message) {
    const isOwn = message.sender_id === me;
    this.typing.hide(message.sender_id);
    if (isOwn) this.writing.arrived(message.client_id);
    if (!this.isNewest() && !this.items.byClient(message.client_id)) {
      this.newest.hidden = isOwn;
      return;
    }
    const wasAtEnd = this.isAtEnd();
    await this.items.show(message, isOwn);
    if (wasAtEnd || isOwn) this.toEnd();
    else this.newest.hidden = false;
    this.receipts.show();
    this.receipts.read();
  }

  async #edited(message, item) {
    if (message.media || item.querySelector("[data-body] a")) {
      await this.items.renew(item);
      return;
    }
    showBody(item, message.body);
    item.querySelector("[data-edited]").hidden = false;
  }

  // Another name, picture or wish: the head of the conversation is made anew.
  async #changed({ conversation, change }) {
    if (!conversation || change === "left") {
      if (!conversation) location.assign("/messages");
      return;
    }
    const page = await fetchPage(this.address).catch(() => null);
    if (!page) return;
    document.title = page.title;
    this.thread.querySelector("[data-head]").replaceChildren(...page.querySelector("[data-head]").children);
    if (!conversation.is_request) this.thread.querySelector(".thread__request")?.remove();
  }

  async #catchUp() {
    const wasAtEnd = this.isAtEnd();
    for (let more = true; more; ) {
      const page = await fetchPage(`${this.address}?after=${this.items.lastSeq()}`).catch(() => null);
      if (!page) return; // the next frame or the next socket tries again
      const came = this.#take(page);
      more = Boolean(page.querySelector("[data-newer]")) && came > 0;
    }
    if (wasAtEnd) this.toEnd();
    this.receipts.show();
  }

  // Puts the messages of another page among those here; how many were new.
  #take(page) {
    let came = 0;
    for (const item of page.querySelectorAll("[data-messages] > [data-seq]")) {
      if (this.items.byId(item.dataset.message)) continue;
      const waiting = item.dataset.client && this.items.byClient(item.dataset.client);
      if (waiting) this.writing.arrived(item.dataset.client);
      this.items.place(item, waiting || null);
      came += 1;
    }
    return came;
  }

  // Too much was missed to be told: the newest messages as they are now.
  async #startOver() {
    const page = await fetchPage(this.address).catch(() => null);
    if (!page?.querySelector("[data-messages]")) return;
    for (const item of this.items.all()) item.remove();
    for (const end of this.scroller.querySelectorAll(".more")) end.remove();
    const older = page.querySelector("[data-older]");
    if (older) this.scroller.prepend(older.parentElement);
    this.#take(page);
    this.#watchEnds();
    this.toEnd();
  }

  #watchEnds() {
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) if (isIntersecting) this.#grow(target);
      },
      { root: this.scroller, rootMargin: EARLY },
    );
    for (const end of this.scroller.querySelectorAll("[data-older], [data-newer]")) {
      observer.observe(end);
      end.addEventListener("click", (event) => {
        event.preventDefault();
        this.#grow(end);
      });
    }
    this.observer?.disconnect();
    this.observer = observer;
  }

  async #grow(end) {
    if (end.getAttribute("aria-busy") === "true") return;
    end.setAttribute("aria-busy", "true");
    const which = "older" in end.dataset ? "[data-older]" : "[data-newer]";
    const page = await fetchPage(end.href).catch((error) => notify(error.message));
    end.removeAttribute("aria-busy");
    if (!page || !end.isConnected) return;
    const below = this.scroller.scrollHeight - this.scroller.scrollTop;
    const came = this.#take(page);
    const next = page.querySelector(which);
    if (next && came) end.setAttribute("href", next.getAttribute("href"));
    else end.parentElement.remove();
    if (which === "[data-older]") this.scroller.scrollTop = this.scroller.scrollHeight - below;
    if (!end.isConnected) return this.receipts.read();
    this.observer.unobserve(end); // looked at anew, in case it is still in sight
    this.observer.observe(end);
  }
}
