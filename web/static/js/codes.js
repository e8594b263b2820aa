// A code of six digits looks like six boxes. They are drawn behind the one real field, so that pasting, arrows,
// backspace, autofill and screen readers work as everywhere else.
const LENGTH = 6;

export function startCodes() {
  for (const place of document.querySelectorAll("[data-code]")) drawBoxes(place);
  for (const form of document.querySelectorAll("[data-resend]")) holdBack(form);
}

function drawBoxes(place) {
  const input = place.querySelector("input");
  const boxes = Array.from({ length: LENGTH }, () => document.createElement("span"));
  const row = document.createElement("div");
  row.className = "code__boxes";
  row.setAttribute("aria-hidden", "true");
  row.append(...boxes);
  place.prepend(row);
  place.classList.add("code--boxes");
  input.maxLength = LENGTH;

  const show = () => {
    const at = document.activeElement === input ? Math.min(input.selectionStart, LENGTH - 1) : -1;
    boxes.forEach((box, index) => {
      box.textContent = input.value[index] ?? "";
      box.classList.toggle("is-current", index === at);
    });
  };
  const write = (digits) => {
    const { selectionStart: start, selectionEnd: end, value } = input;
    // Writes over what is there, as boxes do, instead of pushing it to the right.
    const rest = value.slice(Math.max(end, start + digits.length));
    input.value = (value.slice(0, start) + digits + rest).slice(0, LENGTH);
    input.setSelectionRange(start + digits.length, start + digits.length);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  input.addEventListener("beforeinput", (event) => {
    if (!["insertText", "insertFromPaste", "insertFromDrop"].includes(event.inputType)) return;
    const text = event.data ?? event.dataTransfer?.getData("text") ?? "";
    event.preventDefault();
    const digits = text.replace(/\D/g, "").slice(0, LENGTH);
    if (digits.length === LENGTH) input.setSelectionRange(0, LENGTH);
    if (digits) write(digits);
  });
  input.addEventListener("input", () => {
    const digits = input.value.replace(/\D/g, "").slice(0, LENGTH);
    if (digits !== input.value) input.value = digits;
    show();
  });
  input.addEventListener("pointerup", (event) => {
    const box = row.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * LENGTH);
    const at = Math.min(index, input.value.length);
    input.setSelectionRange(at, at);
    show();
  });
  for (const kind of ["focus", "blur", "keyup"]) input.addEventListener(kind, show);
  document.addEventListener("selectionchange", show);
  show();
}

// Counts down to the moment from which another code would be sent; a reload does not start over.
function holdBack(form) {
  const button = form.querySelector("button");
  const place = form.querySelector("[data-wait]");
  const key = `code ${new FormData(form).get("ticket") ?? location.pathname}`;
  const until = Number(sessionStorage.getItem(key)) || Date.now() + Number(form.dataset.resend) * 1000;
  sessionStorage.setItem(key, until);
  form.addEventListener("submit", () => sessionStorage.removeItem(key));
  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    button.disabled = seconds > 0;
    place.textContent = seconds > 0 ? ` (${seconds})` : "";
    if (seconds > 0) setTimeout(tick, 1000);
  };
  tick();
}
