// The form of a new story.
import { call } from "./api.js";
import { notify } from "./notices.js";
import { text } from "./page.js";
import { startUploads } from "./uploads.js";

export function startStoryComposer() {
  const form = document.querySelector("[data-story-composer]");
  if (!form) return;
  const uploads = startUploads(form, { purpose: "story", most: 1 });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [piece] = uploads.media();
    if (uploads.busy()) return notify(text("StillSending"));
    if (!piece) return form.querySelector("[data-files]").focus();
    try {
      const { body, visibility } = form.elements;
      await call("POST", "/stories", { ...piece, body: body.value, visibility: visibility.value });
      location.href = "/feed";
    } catch (error) {
      notify(error.message);
    }
  });
}
