// Reporting a stranger: only what the reporter chooses is shown to anybody.
import { notify } from "../notices.js";

const MOST_EVIDENCE = 50;

// talk: { lines, seat, names }; send(report) says whether it was taken, by throwing when not.
export function openReport(dialog, { lines, seat, names }, send) {
  const form = dialog.querySelector("form");
  const list = dialog.querySelector("[data-evidence]");
  form.reset();
  list.replaceChildren(...lines.map((line, index) => choice(line, index, line.seat === seat ? names.own : names.other)));
  dialog.querySelector("[data-evidence-place]").hidden = !lines.length;
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "report") return;
    event.preventDefault();
    const data = new FormData(form);
    const chosen = data.getAll("evidence").slice(0, MOST_EVIDENCE);
    const evidence = chosen.map((index) => lines[index]).map(({ seat, body, sent_at, proof }) => ({ seat, body, sent_at, proof }));
    event.submitter.disabled = true;
    try {
      await send({ reason: data.get("reason"), note: data.get("note"), evidence });
      dialog.close();
    } catch (error) {
      notify(error.message);
    } finally {
      event.submitter.disabled = false;
    }
  };
  dialog.showModal();
}

function choice(line, index, name) {
  const item = document.getElementById("new-evidence").content.firstElementChild.cloneNode(true);
  const box = item.querySelector("input");
  box.id = `evidence-${index}`;
  box.value = index;
  item.querySelector("[data-author]").textContent = `${name}:`;
  item.querySelector("[data-body]").textContent = line.body;
  return item;
}
