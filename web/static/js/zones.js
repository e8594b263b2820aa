// The browser knows its time zone better than the server can guess it.
export function startZones() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const form of document.querySelectorAll("[data-zone-form]")) {
    if (zone) form.elements.zone.value = zone;
  }
}
