// Whom somebody would like to meet, as the form says it.
export function wishIn(form) {
  const data = new FormData(form);
  const interests = data.get("interests").split(/[,、，]/).map((each) => each.trim()).filter(Boolean);
  return {
    speaks: data.getAll("speaks"),
    learns: data.getAll("learns"),
    interests,
    direct_calls: data.has("direct_calls"),
  };
}

// A language as its speakers call it.
export function languageName(tag) {
  return new Intl.DisplayNames([tag], { type: "language", fallback: "code" }).of(tag);
}
