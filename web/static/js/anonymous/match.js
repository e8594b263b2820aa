// One talk with a stranger, as long as it lasts: its topic, and what was said, which is nowhere else.
import { call as ask } from "../api.js";
import { follow } from "../topics.js";

const MOST_LINES = 500;

export class Match {
  // facts: of the server; hears: what follows from entering, from frames, and from being shown out.
  constructor({ session_id, seat }, { entered, frame, closed }) {
    this.id = session_id;
    this.seat = seat;
    this.lines = [];
    this.isOver = false;
    this.isLeaving = false;
    this.wasAway = false;
    this.isRevealed = false;
    this.topic = follow(`match:${this.id}`, { entered, frame, closed: () => !this.isLeaving && closed() });
  }

  say(event, data) {
    return this.topic.say(event, data);
  }

  // The facts of now; entering did tell them, but credentials of relays end.
  renew() {
    return this.topic.look();
  }

  // Keep a message, for a report perhaps; false when it is there already.
  keep(message) {
    if (this.lines.some(({ id }) => id === message.id)) return false;
    this.lines.push(message);
    if (this.lines.length > MOST_LINES) this.lines.shift();
    return true;
  }

  ask(method, what = "", body = undefined) {
    return ask(method, `/matching/${this.id}${what}`, body);
  }

  // What ends a talk is told to both; who ends it knows already.
  async leaving(act) {
    this.isLeaving = true;
    try {
      await act();
    } finally {
      this.isLeaving = false;
    }
  }

  close() {
    this.topic.leave();
  }
}
