// The lines of a talk as the page shows them.
import { keepPlace } from "../talk.js";

export class Lines {
  // names: { own, other }, what the two are called.
  constructor(scroll, names) {
    this.scroll = scroll;
    this.list = scroll.querySelector("[data-lines]");
    this.names = names;
  }

  add(words, isOwn) {
    const item = document.getElementById("new-line").content.firstElementChild.cloneNode(true);
    item.classList.toggle("line--own", isOwn);
    item.querySelector("[data-author]").textContent = isOwn ? this.names.own : this.names.other;
    item.querySelector("[data-body]").textContent = words;
    keepPlace(this.scroll, () => this.list.append(item), { isOwn });
    return item;
  }

  // What happens besides talking.
  remark(words, address) {
    const item = document.createElement("li");
    item.className = "line line--done";
    const inside = address ? item.appendChild(document.createElement("a")) : item;
    inside.textContent = words;
    if (address) inside.href = address;
    keepPlace(this.scroll, () => this.list.append(item), { isOwn: true });
  }

  clear() {
    this.list.replaceChildren();
  }
}
