// The addresses in a text as links; everything else in it stays words.
const ADDRESS = /(?:https?:\/\/|www\.)[^\s<>"]+/gi;
const AFTER = /[.,;:!?)\]}'"*]+$/; // what ends a sentence around an address is no part of it

export function link(words) {
  const parts = [];
  let done = 0;
  for (const found of words.matchAll(ADDRESS)) {
    const address = found[0].replace(AFTER, "");
    const anchor = document.createElement("a");
    anchor.href = address.includes("://") ? address : `https://${address}`;
    anchor.rel = "nofollow noopener ugc";
    anchor.target = "_blank";
    anchor.textContent = address;
    parts.push(words.slice(done, found.index), anchor);
    done = found.index + address.length;
  }
  return [...parts, words.slice(done)];
}
