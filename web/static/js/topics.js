// Topics on the page's one socket, such as "room:<id>": entered again after a break, where their numbers end.
// live.js owns the socket: it calls opened, lost and received.
import { text } from "./page.js";

const PATIENCE = 15_000; // milliseconds until an answer counts as lost
const TRY_AGAIN = 3_000;
const PASSING = new Set(["OFFLINE", "UNAVAILABLE", "RATE_LIMITED", "INTERNAL"]); // refusals that may not last

export class Refusal extends Error {
  constructor({ code, message, details }) {
    super(message);
    this.code = code;
    this.details = details ?? {};
  }
}

const topics = new Map();
const waiting = new Map();
const listeners = new Set();
let send = null;
let lastId = 0;

// Follows a topic for as long as the page is open, or until `leave`.
// seq: the last number that the page has already, on a topic that numbers its frames; what came after is sent.
// entered(facts, isAgain): the server let us in; isAgain after a break.
// frame(event, data, seq): what happened. resync(): too much was missed; read everything anew.
// closed(code, message): we were shown out, or not let in; it is over.
export function follow(name, { seq = null, entered, frame, resync, closed }) {
  const topic = { name, entered, frame, resync, closed, seq, wasEntered: false };
  topics.set(name, topic);
  if (send) enter(topic);
  return {
    // Answers what the server does; throws a Refusal, with the code OFFLINE when nobody answered.
    say: (event, data = {}) => ask({ event, channel: name, data }),
    // What entering tells, anew.
    look: () => ask({ event: "subscribe", channel: name }),
    leave() {
      if (topics.get(name) !== topic) return;
      topics.delete(name);
      if (send) ask({ event: "unsubscribe", channel: name }).catch(() => null);
    },
  };
}

// Calls back with true and false as the socket comes and goes, and at once with how it is.
export function onConnection(listener) {
  listeners.add(listener);
  listener(Boolean(send));
}

export function isConnected() {
  return Boolean(send);
}

// What live.js calls

export function opened(sendFrame) {
  send = sendFrame;
  for (const topic of topics.values()) enter(topic);
  for (const listener of listeners) listener(true);
}

export function lost() {
  if (!send) return;
  send = null;
  for (const { reject } of waiting.values()) reject(offline());
  waiting.clear();
  for (const listener of listeners) listener(false);
}

// True when the frame was an answer, or of a topic.
export function received(message) {
  if ("reply_to" in message) {
    const wait = waiting.get(message.reply_to);
    waiting.delete(message.reply_to);
    if (message.error) wait?.reject(new Refusal(message.error));
    else wait?.resolve(message.ok);
    return true;
  }
  const topic = topics.get(message.channel);
  if (!topic) return false;
  if (message.seq !== undefined) topic.seq = message.seq;
  if (message.event === "unsubscribed") close(topic, message.data.reason);
  else if (message.event === "resync") topic.resync?.();
  else topic.frame?.(message.event, message.data, message.seq);
  return true;
}

// Says something on any channel; with a channel of "user:me" or none, to the account's own.
export function ask(message) {
  if (!send) return Promise.reject(offline());
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(id);
      reject(offline());
    }, PATIENCE);
    const settle = (act) => (value) => {
      clearTimeout(timer);
      act(value);
    };
    waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
    send({ id, ...message });
  });
}

async function enter(topic) {
  const isAgain = topic.wasEntered;
  const data = topic.seq === null ? {} : { last_seq: topic.seq };
  try {
    const facts = await ask({ event: "subscribe", channel: topic.name, data });
    topic.seq ??= facts.seq ?? null;
    topic.wasEntered = true;
    topic.entered?.(facts, isAgain);
  } catch (error) {
    if (topics.get(topic.name) !== topic || !send) return; // the next socket tries again
    if (PASSING.has(error.code)) setTimeout(() => send && topics.get(topic.name) === topic && enter(topic), TRY_AGAIN);
    else close(topic, error.code, error.message);
  }
}

function close(topic, code, message) {
  topics.delete(topic.name);
  topic.closed?.(code, message);
}

function offline() {
  return new Refusal({ code: "OFFLINE", message: text("Offline") });
}
