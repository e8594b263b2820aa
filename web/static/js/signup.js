// The browser knows its time zone better than the server can guess it.
export function startSignUp() {
  const form = document.querySelector("[data-sign-up]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (form && zone) form.elements.zone.value = zone;
}
