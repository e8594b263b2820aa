// How far one's messages have come, and telling how far one has read.
import { call } from "../api.js";
import { paced } from "../pace.js";
import { fill, me } from "../page.js";

const PACE = { soon: 1_000, apart: 5_000 }; // milliseconds; in a group several read at once
const LOOKED_AT = 40; // messages

export class Receipts {
  // isReading(): the newest message is in sight. tell(seq): tell the server.
  constructor(thread, items, { isReading, tell }) {
    Object.assign(this, { data: thread.dataset, items, isReading, tell, isTelling: false });
    this.askSoon = paced(() => this.#ask(), PACE);
  }

  // The facts of a conversation, after a break.
  marks({ partner_read_seq, partner_delivered_seq }) {
    this.#raise("partnerRead", partner_read_seq ?? 0);
    this.#raise("delivered", partner_delivered_seq ?? 0);
    this.show();
  }

  // Somebody has come further.
  marked(name, { user_id, seq }) {
    if (user_id === me) return;
    this.#raise(name, seq);
    if (this.data.type !== "group") this.show();
    else if (name === "partnerRead") this.askSoon();
  }

  // In a direct conversation both marks are known; in a group the server says who has read what.
  show() {
    if (this.data.type === "group") return;
    for (const item of this.items.own()) {
      const state = item.querySelector("[data-state]");
      const seq = Number(item.dataset.seq);
      if (state) state.textContent = this.data[seq <= this.data.partnerRead ? "textSeen" : seq <= this.data.delivered ? "textDelivered" : "textSent"];
    }
  }

  // Tells that the newest message was read, if somebody is there who reads it.
  async read() {
    const seq = this.items.lastSeq();
    if (this.isTelling || seq <= Number(this.data.read) || document.visibilityState !== "visible" || !this.isReading()) return;
    this.isTelling = true;
    try {
      await this.tell(seq);
      this.#raise("read", seq);
    } catch {
      return; // after the break it is told again
    } finally {
      this.isTelling = false;
    }
    this.read(); // what came meanwhile
  }

  #raise(name, seq) {
    this.data[name] = Math.max(Number(this.data[name] ?? 0), seq);
  }

  async #ask() {
    const page = await call("GET", `/conversations/${this.data.talk}/messages?limit=${LOOKED_AT}`).catch(() => null);
    for (const message of page?.items ?? []) {
      const state = this.items.byId(message.id)?.querySelector("[data-state]");
      if (state && message.read_by?.length) state.textContent = fill(this.data.textSeenBy, { count: message.read_by.length });
    }
  }
}
