// Messages as elements: made from the page's templates, changed in place, found again by their numbers.
import { giveId } from "../composer.js";
import { fetchPage, locale, moment, paintAvatar, zone } from "../page.js";
import { link } from "./links.js";

const MADE_BY_SERVER = /[#＃@＠]/; // what it may make links of that this page does not know

const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: zone });
const dayName = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: zone });
const isoDay = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone: zone }); // 2026-11-21

export class Items {
  constructor(thread, list) {
    this.thread = thread;
    this.list = list;
    this.address = `/messages/${thread.dataset.talk}`;
  }

  all() {
    return [...this.list.querySelectorAll("[data-seq]")];
  }

  lastSeq() {
    return Number(this.all().at(-1)?.dataset.seq ?? 0);
  }

  byId(id) {
    return this.list.querySelector(`[data-message="${id}"]`);
  }

  byClient(id) {
    return this.list.querySelector(`[data-client="${id}"]`);
  }

  own() {
    return this.all().filter((item) => item.classList.contains("message--own"));
  }

  // What one writes, before the server has it: without a number, behind everything that has one.
  pending({ client_id, body, quote }) {
    const item = this.#blank(true);
    for (const name of ["message", "seq"]) delete item.dataset[name];
    item.removeAttribute("id");
    item.dataset.client = client_id;
    item.setAttribute("aria-busy", "true");
    item.querySelector("[data-menu]").hidden = true;
    showBody(item, body);
    if (quote) showQuote(item, quote);
    item.querySelector("[data-state]").textContent = this.thread.dataset.textSending;
    stamp(item, new Date());
    this.list.append(item);
    return item;
  }

  // A message of the server at its place; the element that waits for it becomes it.
  async show(message, isOwn) {
    const there = this.byId(message.id);
    if (there) return there;
    const waiting = this.byClient(message.client_id);
    if (needsServer(message)) {
      const made = await this.made(message.seq);
      if (this.byId(message.id)) return this.byId(message.id); // it came another way meanwhile
      if (made) return this.place(made, waiting);
    }
    const item = this.#blank(isOwn);
    giveId(item, message.id);
    this.fill(item, message);
    return this.place(item, waiting);
  }

  fill(item, message) {
    item.id = `m-${message.seq}`;
    item.dataset.message = message.id;
    item.dataset.seq = message.seq;
    item.dataset.client = message.client_id;
    const face = item.querySelector(".message__face > .avatar");
    if (face && message.sender) {
      face.className = "avatar avatar--small";
      paintAvatar(face, message.sender);
    }
    const name = item.querySelector("[data-name]");
    if (message.sender && !item.classList.contains("message--own")) name.textContent = message.sender.nickname;
    showBody(item, message.body);
    item.querySelector("[data-edited]").hidden = !message.edited_at;
    if (message.reply_to) showQuote(item, this.#quoteOf(message.reply_to));
    this.showReactions(item, message.reactions);
    stamp(item, new Date(message.created_at));
  }

  // Puts an element where its number belongs, in the place of the one that waited for it.
  place(item, waiting = null) {
    if (waiting && waiting !== item) waiting.remove();
    const seq = Number(item.dataset.seq);
    const before = this.all().reverse().find((each) => Number(each.dataset.seq) < seq);
    if (before) before.after(item);
    else this.list.prepend(item);
    this.markDays();
    return item;
  }

  // The element as the server makes it, with media, notices and all links.
  async made(seq) {
    const page = await fetchPage(`${this.address}?after=${seq - 1}`).catch(() => null);
    return page?.getElementById(`m-${seq}`) ?? null;
  }

  // Exchanges an element for what the server makes of it now.
  async renew(item) {
    const made = await this.made(Number(item.dataset.seq));
    if (made && item.isConnected) item.replaceWith(made);
    return made;
  }

  showReactions(item, reactions) {
    const act = `${this.address}/${item.dataset.message}`;
    item.querySelector("[data-reactions]")?.replaceChildren(
      ...reactions.map(({ emoji, count, mine }) => {
        const button = document.createElement("button");
        button.className = "reaction";
        button.setAttribute("form", "acting");
        button.setAttribute("formaction", act);
        button.name = mine ? "unreact" : "react";
        button.value = emoji;
        button.setAttribute("aria-pressed", mine);
        button.dataset.react = "";
        button.append(`${emoji} `, Object.assign(document.createElement("span"), { textContent: count }));
        return button;
      }),
    );
  }

  showGone(item) {
    item.classList.add("message--gone");
    item.querySelector("[data-menu]")?.remove();
    item.querySelector("[data-reactions]").replaceChildren();
    const body = item.querySelector("[data-body]");
    for (const other of [...body.parentElement.children]) {
      if (other !== body && !other.matches(".message__meta")) other.remove();
    }
    body.hidden = false;
    body.textContent = this.thread.dataset.textGone;
    item.querySelector("[data-edited]").hidden = true;
    item.querySelector("[data-state]")?.remove();
  }

  // A line with the day above the first message of each.
  markDays() {
    for (const line of this.list.querySelectorAll("[data-day-start]")) line.remove();
    let day = null;
    for (const item of [...this.list.children]) {
      if (item.dataset.day === day || !item.dataset.day) continue;
      day = item.dataset.day;
      const line = document.createElement("li");
      line.className = "message-day";
      line.dataset.dayStart = day;
      line.textContent = dayName.format(momentOf(day));
      item.before(line);
    }
  }

  #blank(isOwn) {
    const template = document.getElementById(isOwn ? "own-message" : "their-message");
    return template.content.firstElementChild.cloneNode(true);
  }

  // What a message says or, without words, what it is.
  inShort(words, kind) {
    const texts = this.thread.dataset;
    const kinds = { image: texts.textPicture, video: texts.textVideo, audio: texts.textAudio };
    return words || (kinds[kind] ?? texts.textFile);
  }

  #quoteOf(reply) {
    const words = reply.is_deleted ? this.thread.dataset.textGone : this.inShort(reply.body, reply.type);
    return { words, address: `${this.address}?before=${reply.seq + 10}#m-${reply.seq}` };
  }
}

// Whatever has more to it than words.
function needsServer(message) {
  return Boolean(
    message.notice || message.media || message.about || message.is_forwarded || message.is_deleted || MADE_BY_SERVER.test(message.body),
  );
}

export function showBody(item, words) {
  const body = item.querySelector("[data-body]");
  body.hidden = !words;
  body.replaceChildren(...link(words));
}

function showQuote(item, { words, address }) {
  const quote = item.querySelector("[data-quote]");
  quote.hidden = false;
  quote.textContent = words;
  if (address) quote.href = address;
}

function stamp(item, date) {
  item.dataset.day = isoDay.format(date);
  const time = item.querySelector("[data-time]");
  time.dateTime = date.toISOString();
  time.title = moment(date.toISOString());
  time.textContent = clock.format(date);
}

// A moment on that day in the reader's zone: noon in Greenwich, or midnight for zones far in the east.
function momentOf(day) {
  const noon = new Date(`${day}T12:00:00Z`);
  return isoDay.format(noon) === day ? noon : new Date(`${day}T00:00:00Z`);
}
