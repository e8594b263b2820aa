// Talking with a stranger: the wish, the line, the talk. What is said is in this page alone, and goes with it.
import { call as ask } from "../api.js";
import { notify } from "../notices.js";
import { fill, me, moment } from "../page.js";
import { newId, startBanner, startTyping, startWriting } from "../talk.js";
import { follow, isConnected } from "../topics.js";
import { makeCall } from "./call.js";
import { Lines } from "./lines.js";
import { Match } from "./match.js";
import { openReport } from "./report.js";
import { languageName, wishIn } from "./wish.js";

const SILENCE = 30_000; // milliseconds without a word of one's place; the server tells of it every ten seconds

export function startStranger() {
  const place = document.querySelector("[data-anonymous]");
  if (place) new Stranger(place).start();
}

class Stranger {
  constructor(place) {
    this.place = place;
    this.talk = this.find("[data-part=talk]");
    this.lines = new Lines(this.find("[data-scroll]"), { own: this.text("You"), other: this.text("Stranger") });
    this.form = this.find("[data-say]");
    this.match = null;
    this.wish = null;
    this.isWaiting = false;
    this.typing = startTyping(this.find("[data-typing]"), place.dataset);
    this.call = makeCall(this.find("[data-call]"), this.find("[data-call-start]"), {
      say: (signal) => this.match.say("signal", signal),
      renew: () => this.match.renew(),
      text: (name) => this.text(name),
    });
  }

  find(selector) {
    return this.place.querySelector(selector);
  }

  text(name, values = {}) {
    return fill(this.place.dataset[`text${name}`], values);
  }

  start() {
    startBanner(this.find("[data-banner]"));
    follow(`matching:${me}`, {
      entered: (state) => this.cameBack(state),
      frame: (event, data) => {
        if (event === "match.found") this.begin(data);
        else if (event === "match.position" && this.isWaiting) this.showPosition(data);
      },
      closed: (_code, message) => message && notify(message),
    });
    startWriting(this.form, {
      send: (words) => this.say(words),
      typing: (is_typing) => this.match?.say("typing", { is_typing }).catch(() => null), // only a sign
    });
    this.find("[data-wish]").addEventListener("submit", (event) => {
      event.preventDefault();
      this.wish = wishIn(event.target);
      this.try(() => this.wait());
    });
    this.onClick("[data-stop-waiting]", () => this.stopWaiting());
    this.onClick("[data-skip]", () => this.skip());
    this.onClick("[data-end]", () => this.end());
    this.onClick("[data-done]", () => this.showWish());
    this.onClick("[data-reveal]", () => this.reveal());
    this.onClick("[data-report]", () => this.report());
  }

  onClick(selector, act) {
    for (const button of this.place.querySelectorAll(selector)) {
      button.addEventListener("click", () => this.try(act, button));
    }
  }

  async try(act, button) {
    if (button) button.disabled = true;
    try {
      await act();
    } catch (error) {
      notify(error.message);
    } finally {
      if (button) button.disabled = false;
    }
  }

  show(part) {
    for (const each of this.place.querySelectorAll("[data-part]")) each.hidden = each.dataset.part !== part;
    this.find(`[data-part=${part}] h1`).focus();
    document.body.classList.toggle("is-talking", part === "talk");
  }

  // Waiting

  async wait() {
    this.isWaiting = true;
    try {
      this.showState(await ask("POST", "/matching/queue", this.wish));
    } catch (error) {
      this.showWish();
      throw error;
    }
  }

  async stopWaiting() {
    this.isWaiting = false;
    await ask("DELETE", "/matching/queue");
    if (!this.match || this.match.isOver) this.showWish();
  }

  // The server lets go of a place in the line whose socket was away for too long: take it anew.
  cameBack(state) {
    if (state.status === "idle" && this.isWaiting) return this.try(() => this.wait());
    if (state.status !== "idle") this.showState(state);
    else if (state.paused_until) this.showPaused(state);
  }

  showState(state) {
    if (state.status === "matched") return this.begin(state.match);
    if (state.status === "waiting") {
      if (!this.isWaiting || this.find("[data-part=waiting]").hidden) this.show("waiting");
      this.isWaiting = true;
      return this.showPosition(state);
    }
    this.showWish();
    if (state.paused_until) this.showPaused(state);
  }

  showPosition({ position, waiting }) {
    this.find("[data-position]").textContent = this.text("Position", { position, waiting });
    this.listen();
  }

  // Of whom nothing is heard any more, the server may have lost the place: look, and take it anew.
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (!this.isWaiting) return;
      this.listen();
      if (isConnected()) this.try(async () => this.cameBack(await ask("GET", "/matching/queue")));
    }, SILENCE);
  }

  showPaused({ paused_until }) {
    const place = this.find("[data-paused]");
    place.textContent = this.text("Paused", { moment: moment(paused_until) });
    place.hidden = false;
  }

  showWish() {
    this.forget();
    this.isWaiting = false;
    this.show("wish");
  }

  // Talking

  begin(facts) {
    if (this.match?.id === facts.session_id) return;
    this.forget();
    this.isWaiting = false;
    this.lines.clear();
    this.find("[data-reveal]").hidden = false;
    this.setOver(false);
    this.show("talk");
    this.match = new Match(facts, {
      entered: (now) => this.showFacts(now),
      frame: (event, data) => this.receive(event, data),
      closed: () => this.over("Elsewhere"),
    });
    this.form.elements.body.focus();
  }

  showFacts(facts) {
    this.showPresence(facts.partner_present);
    this.find("[data-common]").textContent = [...facts.languages.map(languageName), ...facts.interests].join(" · ");
    this.call.prepare(facts);
  }

  showPresence(isThere) {
    this.find("[data-presence]").textContent = this.text(isThere ? "There" : "Away");
  }

  receive(event, data) {
    if (event === "message.new") this.showLine(data);
    else if (event === "typing") this.typing.sign("them", this.text("Stranger"), data);
    else if (event === "signal") this.call.receive(data);
    else if (event === "match.partner_joined") this.came();
    else if (event === "match.partner_left") this.went();
    else if (event === "match.reveal_asked") this.lines.remark(this.text("Asks"));
    else if (event === "match.revealed") this.showRevealed(data.conversation_id);
    else if (event === "match.ended" && !this.match.isLeaving) this.over(data.reason === "idle" ? "Idle" : "Ended");
  }

  came() {
    if (this.match.wasAway) this.lines.remark(this.text("Came"));
    this.match.wasAway = false;
    this.showPresence(true);
  }

  went() {
    this.match.wasAway = true;
    this.lines.remark(this.text("Gone"));
    this.call.partnerLeft();
    this.showPresence(false);
  }

  showLine(message) {
    if (!this.match.keep(message)) return;
    const isOwn = message.seat === this.match.seat;
    if (!isOwn) this.typing.forget("them");
    this.lines.add(message.body, isOwn);
  }

  async say(words) {
    const match = this.match;
    const item = this.lines.add(words, true);
    item.setAttribute("aria-busy", "true");
    const state = item.querySelector("[data-when]");
    try {
      const { message, delivered } = await match.say("message", { body: words, client_id: newId() });
      match.keep(message);
      if (!delivered) state.textContent = this.text("Undelivered");
    } catch (error) {
      state.textContent = this.text("Unsent");
      if (!this.form.elements.body.value) this.form.elements.body.value = words;
      notify(error.message);
    } finally {
      item.removeAttribute("aria-busy");
    }
  }

  async reveal() {
    const { conversation_id } = await this.match.ask("POST", "/reveal");
    if (conversation_id) this.showRevealed(conversation_id);
    else this.lines.remark(this.text("Asked"));
  }

  showRevealed(conversationId) {
    if (this.match.isRevealed) return;
    this.match.isRevealed = true;
    this.find("[data-reveal]").hidden = true;
    this.lines.remark(this.text("Revealed"), `/messages/${conversationId}`);
  }

  // Going

  async skip() {
    const match = this.match;
    await match.leaving(async () => {
      const state = await match.ask("POST", "/skip").catch((error) => {
        if (error.status !== 404) throw error; // over for so long that the server does not remember it
        return ask("POST", "/matching/queue", this.wish);
      });
      this.forget();
      this.showState(state);
    });
  }

  async end() {
    const match = this.match;
    await match.leaving(async () => {
      await match.ask("DELETE").catch((error) => {
        if (error.status !== 404) throw error; // they were faster
      });
      this.over("YouLeft");
    });
  }

  report() {
    this.find(".talk__more").open = false;
    const match = this.match;
    const talk = { lines: match.lines, seat: match.seat, names: this.lines.names };
    openReport(this.find("[data-report-dialog]"), talk, (report) =>
      match.leaving(async () => {
        await match.ask("POST", "/report", report);
        this.over("Reported");
      }),
    );
  }

  over(words) {
    if (!this.match || (this.match.isOver && words !== "Reported")) return;
    this.match.isOver = true;
    this.match.close();
    this.call.end();
    this.typing.forget("them");
    this.find("[data-presence]").textContent = "";
    this.lines.remark(this.text(words));
    const isHere = this.talk.contains(document.activeElement);
    this.setOver(true);
    if (isHere) this.talk.querySelector("h1").focus(); // no button: somebody may be about to press Enter
    if (words === "Reported") for (const button of this.place.querySelectorAll("[data-report]")) button.hidden = true;
  }

  setOver(isOver) {
    this.form.hidden = isOver;
    this.find("[data-over]").hidden = !isOver;
    this.find(".talk__acts").hidden = isOver;
    for (const button of this.place.querySelectorAll("[data-report]")) button.hidden = false;
  }

  forget() {
    if (!this.match) return;
    this.match.close();
    this.match = null;
    this.call.end();
    this.lines.clear();
  }
}
