// Writing: what was written is there at once, and sent as soon as that is possible.
import { ApiError, call } from "../api.js";
import { notify } from "../notices.js";
import { fill, text } from "../page.js";
import { startUploads } from "../uploads.js";
import { showBody } from "./items.js";
import { Outbox } from "./outbox.js";

// shown(): something of one's own stands at the end. sent(): the server has it. typed(isTyping).
export function startWriting(thread, items, { shown, sent, typed }) {
  const form = thread.querySelector("[data-writing]");
  if (!form) return { again() {}, arrived() {}, answer() {}, edit() {} };
  const { body } = form.elements;
  const uploads = startUploads(form, { purpose: "message" });
  const outbox = new Outbox(thread.dataset.talk, {
    show(entry) {
      items.pending({ client_id: entry.client_id, body: entry.body || entry.name, quote: entry.quote });
      shown();
    },
    async done(message) {
      await items.show(message, true);
      shown();
      sent();
    },
    state: (entry, state) => showState(thread, items.byClient(entry.client_id), state),
  });

  let draft = ""; // what was being written before a message was to be changed
  const cancel = () => {
    if (form.dataset.edits) body.value = draft;
    draft = "";
    form.dataset.edits = "";
    form.elements.reply_to_id.value = "";
    form.querySelector("[data-about]").hidden = true;
    grow(body);
  };
  const about = (words) => {
    form.querySelector("[data-about-text]").textContent = words;
    form.querySelector("[data-about]").hidden = false;
    body.focus();
  };
  const send = () => {
    const words = body.value.trim();
    const media = uploads.media();
    if (uploads.busy()) return notify(text("StillSending"));
    if (!words && !media.length) return;
    if (form.dataset.edits) return change(form, items, words).then((isDone) => isDone && cancel());
    const reply_to_id = form.elements.reply_to_id.value || undefined;
    const quote = reply_to_id && { words: form.querySelector("[data-about-text]").textContent };
    const names = uploads.names();
    const parts = media.length ? media.map(({ media_id }, place) => ({ media_id, name: names[place] })) : [{}];
    body.value = "";
    uploads.clear();
    cancel();
    parts.forEach((part, place) => outbox.add({ ...part, body: place ? "" : words, ...(place ? {} : { reply_to_id, quote }) }));
    typed(false);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  body.addEventListener("keydown", (event) => {
    const isWriting = event.isComposing || event.keyCode === 229; // a syllable is still being put together
    if (event.key === "Escape") cancel();
    if (event.key !== "Enter" || event.shiftKey || isWriting || !matchMedia("(pointer: fine)").matches) return;
    event.preventDefault();
    send();
  });
  body.addEventListener("input", () => {
    grow(body);
    typed(Boolean(body.value));
  });
  form.querySelector("[data-cancel]").addEventListener("click", (event) => {
    event.preventDefault();
    cancel();
  });
  thread.addEventListener("click", (event) => {
    const button = event.target.closest("[data-again], [data-discard]");
    const item = button?.closest("[data-client]");
    if (!item) return;
    if ("again" in button.dataset) return outbox.again(item.dataset.client);
    outbox.discard(item.dataset.client);
    item.remove();
  });
  grow(body);
  return {
    again: () => outbox.again(),
    arrived: (clientId) => outbox.arrived(clientId),
    answer(id, name, words) {
      cancel();
      form.elements.reply_to_id.value = id;
      about(`${fill(thread.dataset.textAnswering, { name })}: ${words}`);
    },
    edit(id, words) {
      cancel();
      draft = body.value;
      form.dataset.edits = id;
      body.value = words;
      grow(body);
      about(thread.dataset.textEditing);
    },
  };
}

async function change(form, items, words) {
  const { edits } = form.dataset;
  const { talk } = form.closest("[data-talk]").dataset;
  try {
    await call("PATCH", `/conversations/${talk}/messages/${edits}`, { body: words });
    const item = items.byId(edits);
    if (item) {
      showBody(item, words);
      item.querySelector("[data-edited]").hidden = false;
    }
    return true;
  } catch (error) {
    notify(error.message);
    return false;
  }
}

function showState(thread, item, state) {
  if (!item) return;
  const isRefused = state instanceof ApiError;
  item.toggleAttribute("data-refused", isRefused);
  item.setAttribute("aria-busy", !isRefused);
  item.querySelector("[data-failed]").hidden = !isRefused;
  item.querySelector("[data-why]").textContent = isRefused ? state.message : "";
  item.querySelector("[data-state]").textContent = isRefused ? "" : thread.dataset[state === "sending" ? "textSending" : "textWaiting"];
}

// As high as its words, where the browser does not do that by itself.
function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.rows = Math.min(8, area.value.split("\n").length);
}
