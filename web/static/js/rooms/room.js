// An open room: what is said comes as it is said, in its order, each once; also after a break.
import { call } from "../api.js";
import { notify } from "../notices.js";
import { fetchPage, fill, locale, me, memberAddress, paintAvatar, zone } from "../page.js";
import { keepPlace, newId, startBanner, startTyping, startWriting, toEnd } from "../talk.js";
import { follow, onConnection } from "../topics.js";
import { startOlder } from "./older.js";
import { camel, People } from "./people.js";

const NO_ID = "00000000-0000-0000-0000-000000000000";

export function startRoom() {
  const place = document.querySelector("[data-room]");
  if (place) new Room(place).start();
}

class Room {
  constructor(place) {
    this.place = place;
    this.id = place.dataset.room;
    this.role = place.dataset.role;
    this.slow = Number(place.dataset.slow);
    this.lines = place.querySelector("[data-lines]");
    this.scroll = place.querySelector("[data-scroll]");
    this.form = place.querySelector("[data-say]");
    this.people = new People(place);
    this.unsent = new Map(); // client_id -> what was written
    this.banner = startBanner(place.querySelector("[data-banner]"));
    this.typing = startTyping(place.querySelector("[data-typing]"), place.dataset);
  }

  start() {
    this.topic = follow(`room:${this.id}`, {
      seq: Number(this.place.dataset.lastSeq),
      entered: ({ room }) => {
        this.people.countFrom(room.participant_count, room.last_seq);
        this.showFacts(room);
      },
      frame: (event, data) => this.receive(event, data),
      resync: () => this.readAnew(),
      closed: (code) => this.end(code),
    });
    startWriting(this.form, {
      send: (words) => this.say(words),
      typing: (is_typing) => this.topic.say("typing", { is_typing }).catch(() => null), // only a sign
    });
    onConnection((isThere) => isThere && this.sendAgain());
    this.lines.addEventListener("submit", (event) => this.remove(event));
    this.older = startOlder(this.place, this.scroll, this.lines);
    toEnd(this.scroll);
  }

  text(name, values = {}) {
    return fill(this.place.dataset[`text${name}`] ?? "", values);
  }

  // What comes

  receive(event, data) {
    if (event === "message.new") this.show(data);
    else if (event === "message.deleted") this.showRemoved(data.message_id);
    else if (event === "room.updated") this.showFacts(data);
    else if (event === "typing" && data.user_id !== me) this.typing.sign(data.user_id, this.nameOf(data.user_id), data);
  }

  show(message) {
    if (this.line(message.id)) return;
    const waiting = message.client_id && this.lines.querySelector(`[data-client="${message.client_id}"]`);
    if (waiting) return this.settle(waiting, message);
    const item = message.type === "system" ? this.systemLine(message) : this.textLine(message);
    keepPlace(this.scroll, () => this.put(item));
    this.typing.forget(message.user.id);
    if (message.type !== "system") return;
    const role = this.people.follow(message);
    if (role && message.user.id === me) this.become(role);
  }

  // In the order of the room's numbers; what is on its way stands at the end.
  put(item) {
    const seq = Number(item.dataset.seq || Infinity);
    let before = null;
    for (let each = this.lines.lastElementChild; each; each = each.previousElementSibling) {
      if (each !== item && Number(each.dataset.seq || Infinity) <= seq) break;
      if (each !== item) before = each;
    }
    this.lines.insertBefore(item, before);
  }

  systemLine(message) {
    const item = document.createElement("li");
    item.className = "line line--done";
    item.dataset.line = message.id;
    item.dataset.seq = message.seq;
    item.textContent = this.text(camel(message.action), { name: message.user.nickname });
    return item;
  }

  textLine(message) {
    const item = document.getElementById("new-line").content.firstElementChild.cloneNode(true);
    const isOwn = message.user.id === me;
    item.classList.toggle("line--own", isOwn);
    paintAvatar(item.querySelector(".avatar"), message.user);
    const author = item.querySelector("[data-author]");
    author.textContent = message.user.nickname;
    author.href = memberAddress(message.user);
    this.fillLine(item, message);
    if (!isOwn && this.role === "participant") item.querySelector("[data-remove]").remove();
    return item;
  }

  // As the frame of the page shows the member, until the server tells.
  ownLine(words) {
    const item = document.getElementById("new-line").content.firstElementChild.cloneNode(true);
    const own = document.querySelector(".menu__who");
    item.classList.add("line--own");
    const picture = own.querySelector(".avatar").cloneNode(true);
    picture.classList.add("avatar--small");
    item.querySelector(".avatar").replaceWith(picture);
    item.querySelector("[data-author]").textContent = own.querySelector("b").textContent;
    item.querySelector("[data-author]").href = own.href;
    item.querySelector("[data-body]").textContent = words;
    return item;
  }

  fillLine(item, message) {
    item.dataset.line = message.id;
    item.dataset.seq = message.seq;
    item.dataset.by = message.user.id;
    item.querySelector("[data-body]").textContent = message.body;
    item.querySelector("[data-when]").textContent = clock(message.created_at);
    const remove = item.querySelector("[data-remove]");
    if (remove) remove.action = remove.getAttribute("action").replace(NO_ID, message.id);
    if (message.is_deleted) this.showRemoved(message.id);
  }

  showRemoved(id) {
    const item = this.line(id);
    if (!item) return;
    const body = item.querySelector("[data-body]");
    body.textContent = this.text("Removed");
    body.classList.add("line__body--gone");
    item.querySelector("[data-remove]")?.remove();
  }

  showFacts(room) {
    const put = (name, value) => (document.querySelector(`[data-room-${name}]`).textContent = value);
    put("name", room.name);
    put("topic", room.topic);
    put("most", room.max_participants);
    document.querySelector("[data-room-locked]").hidden = !room.has_password;
    document.querySelector("[data-room-slow]").hidden = !room.slow_mode_seconds;
    this.slow = room.slow_mode_seconds;
    if (room.my_role) this.become(room.my_role);
  }

  become(role) {
    this.role = role;
    this.place.querySelector("[data-keeps-order]").hidden = role === "participant";
  }

  nameOf(id) {
    const author = this.lines.querySelector(`[data-by="${id}"] [data-author]`);
    return this.people.nameOf(id) || author?.textContent || this.text("Somebody");
  }

  line(id) {
    return this.lines.querySelector(`[data-line="${id}"]`);
  }

  // Too much was missed for sending it again.
  async readAnew() {
    const page = await fetchPage(location.pathname).catch((error) => notify(error.message));
    const lines = page?.querySelector("[data-lines]");
    if (!lines) return;
    // What waits to be sent, and what came while that page was on its way, is not in it.
    const last = Math.max(0, ...Array.from(lines.children, (item) => Number(item.dataset.seq)));
    const newer = [...this.lines.children].filter((item) => item.dataset.client || Number(item.dataset.seq) > last);
    this.lines.replaceChildren(...lines.children, ...newer);
    this.older.replace(page);
    this.people.replace(page);
    toEnd(this.scroll);
  }

  end(code) {
    this.banner.over(this.text(`Over${camel(code ?? "")}`) || this.text("Over"));
    for (const each of this.form.elements) each.disabled = true;
  }

  // What goes

  say(words) {
    const client_id = newId();
    const item = this.ownLine(words);
    item.dataset.client = client_id;
    item.querySelector("[data-remove]").hidden = true;
    keepPlace(this.scroll, () => this.lines.append(item), { isOwn: true });
    this.send(item, client_id, words);
  }

  async send(item, client_id, body) {
    this.unsent.set(client_id, body);
    item.setAttribute("aria-busy", "true");
    item.querySelector("[data-when]").textContent = "";
    try {
      const { message } = await this.topic.say("message", { client_id, body });
      this.unsent.delete(client_id);
      this.settle(item, message);
      if (this.slow && this.role === "participant") this.wait(this.slow);
    } catch (error) {
      this.refused(item, client_id, body, error);
    } finally {
      item.removeAttribute("aria-busy");
    }
  }

  // Two may tell of it, the answer and the frame; the first one counts.
  settle(item, message) {
    if (!item.dataset.client) return;
    delete item.dataset.client;
    this.unsent.delete(message.client_id);
    const remove = item.querySelector("[data-remove]");
    if (remove) remove.hidden = false;
    this.fillLine(item, message);
    keepPlace(this.scroll, () => this.put(item));
  }

  refused(item, client_id, body, error) {
    if (!item.dataset.client) return; // it has come all the same
    if (error.code === "OFFLINE") return this.showUnsent(item, client_id, body);
    this.unsent.delete(client_id); // it does not go again by itself
    const field = this.form.elements.body;
    if (field.value) this.showUnsent(item, client_id, body);
    else {
      item.remove();
      field.value = body;
    }
    if (error.code === "SLOW_MODE") this.wait(error.details.retry_after_seconds);
    else notify(error.message);
  }

  showUnsent(item, client_id, body) {
    const again = document.createElement("button");
    again.className = "link";
    again.textContent = this.text("Again");
    again.addEventListener("click", () => this.send(item, client_id, body));
    item.querySelector("[data-when]").replaceChildren(this.text("Unsent"), " ", again);
  }

  // The same ids, so that what has come already does not come twice.
  sendAgain() {
    for (const [client_id, body] of this.unsent) {
      const item = this.lines.querySelector(`[data-client="${client_id}"]`);
      if (item && item.getAttribute("aria-busy") !== "true") this.send(item, client_id, body);
    }
  }

  wait(seconds) {
    const button = this.form.querySelector("button");
    this.ready ??= button.textContent;
    const until = Date.now() + seconds * 1_000;
    clearInterval(this.waiting);
    const show = () => {
      const left = Math.ceil((until - Date.now()) / 1_000);
      button.disabled = left > 0;
      button.textContent = left > 0 ? this.text("Wait", { seconds: left }) : this.ready;
      if (left <= 0) clearInterval(this.waiting);
    };
    this.waiting = setInterval(show, 500);
    show();
  }

  async remove(event) {
    const form = event.target.closest("[data-remove]");
    if (!form) return;
    event.preventDefault();
    const { line } = form.closest("[data-line]").dataset;
    if (!line || !confirm(this.text("Remove"))) return;
    try {
      await call("DELETE", `/rooms/${this.id}/messages/${line}`);
      this.showRemoved(line);
    } catch (error) {
      notify(error.message);
    }
  }
}

// The time of a line: today by the clock alone.
function clock(iso) {
  const then = new Date(iso);
  const isToday = then.toDateString() === new Date().toDateString();
  const style = isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(locale, { ...style, timeZone: zone }).format(then);
}
