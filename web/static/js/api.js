// Calls to the APIs, and what a failure looks like.
import { csrfToken, locale, text } from "./page.js";

export class ApiError extends Error {
  constructor(status, message, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

// Calls the members' API with the page's cookie; answers the JSON, or null for an empty answer.
export async function call(method, path, body, options = {}) {
  const headers = { Accept: "application/json", "Accept-Language": locale, "X-CSRF-Token": csrfToken };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return answer(await send(`/api/v1${path}`, { ...options, method, headers, body: body === undefined ? undefined : JSON.stringify(body) }));
}

// Reads another service of ours, which knows no cookies of this page.
export async function read(url, token) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  return answer(await send(url, { headers, credentials: "omit" }));
}

async function send(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new ApiError(0, text("Offline"));
  }
}

async function answer(response) {
  const isJson = response.headers.get("Content-Type")?.includes("json");
  const content = isJson ? await response.json() : null;
  if (!response.ok) {
    throw new ApiError(response.status, content?.error?.message ?? text("Failed"), content?.error?.code);
  }
  return content;
}
