// Who is in a room: it follows from what happens in it, so that nobody has to ask.
import { fill, memberAddress, paintAvatar } from "../page.js";

const CHANGES = { joined: 1, left: -1, kicked: -1, banned: -1 };
const ROLES = { made_admin: "admin", unmade_admin: "participant", made_host: "host" };

export class People {
  constructor(room) {
    this.room = room;
    this.list = document.querySelector("[data-people]");
    this.count = room.querySelector("[data-room-count]");
    this.counted = Number(room.dataset.lastSeq); // what the count knows of already
  }

  countFrom(count, seq) {
    this.count.textContent = count;
    this.counted = seq;
  }

  // Takes over from a page that was read anew.
  replace(page) {
    this.list.replaceChildren(...page.querySelector("[data-people]").children);
    const count = page.querySelector("[data-room-count]").textContent;
    this.countFrom(count, Number(page.querySelector("[data-room]").dataset.lastSeq));
  }

  // Takes over what a system message tells; answers the member's new role, if they have one.
  follow({ action, user, seq }) {
    const change = CHANGES[action] ?? 0;
    const there = this.find(user.id);
    if (seq > this.counted) this.countFrom(Number(this.count.textContent) + change, seq);
    if (change < 0) there?.remove();
    if (change > 0 && !there) this.list.append(this.person(user));
    const role = ROLES[action];
    const tag = there?.querySelector("[data-role]");
    if (role && tag) {
      tag.textContent = fill(this.room.dataset[`text${camel(role)}`] ?? "", {});
      tag.hidden = role === "participant";
    }
    return role;
  }

  nameOf(id) {
    return this.find(id)?.querySelector("[data-name]").textContent;
  }

  find(id) {
    return this.list.querySelector(`[data-person="${id}"]`);
  }

  person(user) {
    const item = document.getElementById("new-person").content.firstElementChild.cloneNode(true);
    item.dataset.person = user.id;
    paintAvatar(item.querySelector(".avatar"), user);
    const link = item.querySelector("[data-name]");
    link.textContent = user.nickname;
    link.href = memberAddress(user);
    return item;
  }
}

// "made_admin" as the names of texts have it: "MadeAdmin".
export function camel(code) {
  return code.toLowerCase().replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
}
