// What the server told the page: addresses, the member, and texts in the reader's language.
const data = document.body.dataset;

export const csrfToken = data.csrfToken;
export const analyticsUrl = data.analyticsUrl;
export const realtimeUrl = data.realtimeUrl || location.origin;
export const me = data.memberId;
export const zone = data.zone;
export const locale = document.documentElement.lang;

// The text `name` of the layout, with {placeholders} filled in.
export function text(name, values = {}) {
  return fill(data[`text${name}`], values);
}

export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

// A moment as the reader writes it.
export function moment(iso) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(new Date(iso));
}

export function memberAddress(member) {
  return `/members/@${encodeURIComponent(member.username)}`;
}

// Turns an element into a member's picture; the same six tones as templates/parts/members.jinja2.
export function paintAvatar(element, member) {
  if (member.avatar_url) {
    const image = document.createElement("img");
    image.className = element.className;
    image.src = member.avatar_url;
    image.alt = "";
    element.replaceWith(image);
    return;
  }
  element.textContent = (Array.from(member.nickname)[0] ?? "").toUpperCase();
  element.classList.add(`tone-${BigInt(`0x${member.id.replaceAll("-", "")}`) % 6n}`);
}

// A page of ours as a document, for taking parts out of it.
export async function fetchPage(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(text("Failed"));
  return new DOMParser().parseFromString(await response.text(), "text/html");
}
