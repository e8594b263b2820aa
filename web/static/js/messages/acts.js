// What can be done with a message, without a reload.
import { call } from "../api.js";
import { notify } from "../notices.js";

export function startActs(thread, items, writing) {
  const path = (item) => `/conversations/${thread.dataset.talk}/messages/${item.dataset.message}`;
  const acts = {
    async react(button, item) {
      const method = button.name === "unreact" ? "DELETE" : "PUT";
      const message = await call(method, `${path(item)}/reactions/${encodeURIComponent(button.value)}`);
      items.showReactions(item, message.reactions);
    },
    reply(_, item) {
      const words = items.inShort(item.querySelector("[data-body]").textContent, item.dataset.kind);
      writing.answer(item.dataset.message, item.querySelector("[data-name]").textContent, words.slice(0, 80));
    },
    edit(_, item) {
      writing.edit(item.dataset.message, item.querySelector("[data-body]").textContent);
    },
    async delete(_, item) {
      if (!confirm(thread.dataset.textTakeBack)) return;
      await call("DELETE", path(item));
      items.showGone(item);
    },
  };
  thread.addEventListener("click", async (event) => {
    for (const [name, act] of Object.entries(acts)) {
      const button = event.target.closest(`[data-${name}]`);
      const item = button?.closest("[data-message]");
      if (!item) continue;
      event.preventDefault();
      await Promise.resolve(act(button, item)).catch((error) => notify(error.message));
    }
  });
}
