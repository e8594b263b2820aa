// Menus of messages: beside their buttons, one at a time, closed when one goes on elsewhere.
const GAP = 4; // pixels

export function startMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of open()) {
      if (!menu.contains(event.target) || event.target.closest(".post__menu :is(a, button)")) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  // Neither of these two bubbles.
  document.addEventListener("toggle", (event) => event.target.matches(".message__more[open]") && place(event.target), true);
  document.addEventListener("scroll", close, true);
}

function open() {
  return document.querySelectorAll("details[data-menu][open]");
}

function close() {
  for (const menu of open()) if (menu.matches(".message__more")) menu.open = false;
}

// Above the button or, where there is no room, below it; never beyond the window.
function place(menu) {
  const sheet = menu.querySelector(".post__menu");
  const button = menu.querySelector("summary").getBoundingClientRect();
  const { width, height } = sheet.getBoundingClientRect();
  const isAbove = button.top > height + GAP;
  const wanted = isAbove ? button.top - height - GAP : button.bottom + GAP;
  const top = Math.min(wanted, innerHeight - height - GAP);
  const left = Math.max(GAP, Math.min(button.left, innerWidth - width - GAP));
  Object.assign(sheet.style, { inset: `${Math.max(GAP, top)}px auto auto ${left}px`, margin: "0" });
}
