// The picture of a group: sent as soon as it is chosen.
import { call } from "../api.js";
import { notify } from "../notices.js";
import { text } from "../page.js";
import { made, upload } from "../uploads.js";

export function startGroupPicture() {
  const input = document.querySelector("[data-group-picture]");
  if (!input) return;
  const bar = document.querySelector("[data-group-progress]");
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    input.disabled = true;
    bar.hidden = false;
    try {
      const sent = await upload(new XMLHttpRequest(), file, "message", (share) => (bar.value = share * 90));
      const state = await made(sent);
      if (state.status === "failed" || state.kind !== "image") throw new Error(text("BrokenFile"));
      await call("PATCH", `/conversations/${input.dataset.groupPicture}`, { image_id: sent.id });
      location.reload();
    } catch (error) {
      notify(error.message);
      input.disabled = false;
      input.value = "";
      bar.hidden = true;
    }
  });
}
