// Recovery codes can be copied and printed; keeping them as a file works without this.
import { notify } from "./notices.js";
import { text } from "./page.js";

export function startRecoveryCodes() {
  const place = document.querySelector("[data-recovery-codes]");
  if (!place) return;
  document.querySelector("[data-copy]").addEventListener("click", async () => {
    const codes = [...place.querySelectorAll("code")].map((code) => code.textContent);
    try {
      await navigator.clipboard.writeText(codes.join("\n"));
      notify(text("Copied"));
    } catch {
      notify(text("Failed"));
    }
  });
  document.querySelector("[data-print]").addEventListener("click", () => print());
}
