// Shows a choice of looks at once, before it is saved.
export function startLooks() {
  const form = document.querySelector("[data-looks-form]");
  if (!form) return;
  const root = document.documentElement;
  const show = () => {
    const { theme_mode, accent_color, own_color, font_size_multiplier } = form.elements;
    if (theme_mode.value === "system") delete root.dataset.theme;
    else root.dataset.theme = theme_mode.value;
    root.toggleAttribute("data-accent", own_color.checked);
    root.style.setProperty("--accent", accent_color.value);
    root.style.fontSize = `${font_size_multiplier.value * 100}%`;
    form.querySelector("output").textContent = `${Math.round(font_size_multiplier.value * 100)} %`;
  };
  form.elements.accent_color.addEventListener("input", () => (form.elements.own_color.checked = true));
  form.addEventListener("input", show);
  form.addEventListener("reset", () => setTimeout(show));
}
