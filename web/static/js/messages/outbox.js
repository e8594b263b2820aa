// What one has written and the server does not have yet. One after the other, so that the order stays; kept in
// the window's memory, so that a reload loses nothing. The same client_id sent twice is one message.
import { ApiError, call } from "../api.js";
import { me } from "../page.js";

const WAITS = [2_000, 5_000, 10_000, 30_000]; // milliseconds

export class Outbox {
  // show(entry): draw it. done(message): the server has it. state(entry, "sending" | "waiting" | Error).
  constructor(conversationId, { show, done, state }) {
    this.path = `/conversations/${conversationId}/messages`;
    this.key = `outbox ${me} ${conversationId}`; // whoever logs in next in this window sends nothing of it
    Object.assign(this, { show, done, state, entries: [], isBusy: false, tries: 0, timer: null });
    for (const entry of JSON.parse(sessionStorage.getItem(this.key)) ?? []) this.#take(entry);
    this.pump();
  }

  add(content) {
    this.#take({ client_id: newId(), ...content });
    this.pump();
  }

  // Once more, now: the network is back, or somebody asked for it.
  again(clientId = null) {
    clearTimeout(this.timer);
    for (const entry of this.entries) {
      if (entry.client_id === clientId) entry.refused = false;
    }
    this.tries = 0;
    this.pump();
  }

  discard(clientId) {
    this.entries = this.entries.filter((entry) => entry.client_id !== clientId);
    this.#keep();
    this.pump();
  }

  // It came by another way, such as the socket.
  arrived(clientId) {
    this.entries = this.entries.filter((entry) => entry.client_id !== clientId);
    this.#keep();
  }

  async pump() {
    const entry = this.entries.find((each) => !each.refused);
    if (this.isBusy || !entry) return;
    this.isBusy = true;
    this.state(entry, "sending");
    let goOn = true;
    try {
      const { client_id, body, media_id, reply_to_id } = entry;
      const message = await call("POST", this.path, { client_id, body, media_id, reply_to_id });
      this.tries = 0;
      this.arrived(client_id);
      await this.done(message);
    } catch (error) {
      goOn = !this.#failed(entry, error);
    }
    this.isBusy = false;
    if (goOn) this.pump();
  }

  // True when it is tried again later, and everything behind it waits.
  #failed(entry, error) {
    const isPassing = !(error instanceof ApiError) || error.status === 0 || error.status === 429 || error.status >= 500;
    if (!isPassing) {
      entry.refused = true;
      this.state(entry, error);
      return false;
    }
    const state = error.status ? "sending" : "waiting"; // a busy server is no missing network
    for (const each of this.entries) if (!each.refused) this.state(each, state);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), WAITS[Math.min(this.tries++, WAITS.length - 1)]);
    return true;
  }

  #take(entry) {
    delete entry.refused;
    this.entries.push(entry);
    this.#keep();
    this.show(entry);
  }

  #keep() {
    if (this.entries.length) sessionStorage.setItem(this.key, JSON.stringify(this.entries));
    else sessionStorage.removeItem(this.key);
  }
}

// crypto.randomUUID() is there only where the address is https or this machine.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
