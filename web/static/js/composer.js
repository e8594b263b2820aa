// Posts and comments appear at once, marked as on their way; a refusal takes them back and returns the text.
import { call } from "./api.js";
import { showComments } from "./likes.js";
import { announce, notify } from "./notices.js";
import { fetchPage, text } from "./page.js";
import { startUploads } from "./uploads.js";

const NO_ID = "00000000-0000-0000-0000-000000000000";
const LINKED = /[#＃@＠]|https?:|www\./i; // what the server may make links of

export function startComposer() {
  const form = document.querySelector("[data-composer]");
  if (!form) return;
  const uploads = startUploads(form);
  onSubmit(form, uploads, async () => {
    const { body, visibility } = form.elements;
    const media = uploads.media();
    const content = { type: uploads.kind() ?? "text", body: body.value, visibility: visibility.value, media };
    const item = fromTemplate("new-post", body.value.trim());
    const mark = item.querySelector("[data-visibility]");
    mark.hidden = visibility.value === "public";
    mark.querySelector("[data-visibility-name]").textContent = visibility.selectedOptions[0].textContent;
    const empty = document.querySelector("[data-empty]");
    const wasEmpty = !empty.hidden;
    empty.hidden = true;
    document.querySelector("[data-posts]").prepend(item);
    const post = await sendText(form, item, "/posts", content);
    if (!post) {
      empty.hidden = !wasEmpty;
      return;
    }
    uploads.clear();
    announce(text("Posted"));
    if (media.length || LINKED.test(content.body)) await replaceWithMade(item, post.id);
  });
}

// What the server made of it, with its pictures.
async function replaceWithMade(item, id) {
  const page = await fetchPage(`/posts/${id}`).catch(() => null);
  const made = page?.querySelector(`[data-post="${id}"]`);
  if (made) item.querySelector("[data-post]").replaceWith(made);
}

// Also finds the forms of threads that are opened later.
export function startComments(place = document) {
  for (const form of place.querySelectorAll("[data-comment-on]")) onSubmit(form, null, () => comment(form));
}

async function comment(form) {
  const postId = form.dataset.commentOn;
  const parent_id = form.elements.parent_id?.value;
  const item = fromTemplate("new-comment", form.elements.body.value.trim());
  form.parentElement.querySelector("[data-comments]").append(item);
  const content = { body: form.elements.body.value, parent_id };
  const made = await sendText(form, item, `/posts/${postId}/comments`, content);
  if (!made) return;
  if (LINKED.test(content.body)) await linkBody(item, `/posts/${postId}?thread=${made.id}`);
  await countComments(postId);
}

// The same words with the links that the server made of them.
async function linkBody(item, address) {
  const page = await fetchPage(address).catch(() => null);
  const body = page?.getElementById(item.id)?.querySelector("[data-body]");
  if (body) item.querySelector("[data-body]").replaceWith(body);
}

function onSubmit(form, uploads, send) {
  const { body } = form.elements;
  const submit = () => {
    if (uploads?.busy()) notify(text("StillSending"));
    else if (!form.dataset.waiting && (body.value.trim() || uploads?.kind()) && form.reportValidity()) send();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  });
}

// Sends what was written while `item` shows it; answers what was made, or null after a refusal.
async function sendText(form, item, path, content) {
  const written = form.elements.body.value;
  form.dataset.waiting = "yes";
  form.elements.body.value = "";
  item.setAttribute("aria-busy", "true");
  try {
    const made = await call("POST", path, content);
    giveId(item, made.id);
    item.removeAttribute("aria-busy");
    return made;
  } catch (error) {
    item.remove();
    form.elements.body.value = written;
    form.elements.body.focus();
    notify(error.message);
    return null;
  } finally {
    delete form.dataset.waiting;
  }
}

async function countComments(postId) {
  const post = await call("GET", `/posts/${postId}`).catch(() => null);
  if (post) showComments(postId, post.comment_count);
}

function fromTemplate(id, body) {
  const item = document.getElementById(id).content.firstElementChild.cloneNode(true);
  item.querySelector("[data-body]").textContent = body;
  return item;
}

// Gives what was made from a template the id of what it shows.
export function giveId(item, id) {
  for (const element of [item, ...item.querySelectorAll("*")]) {
    for (const attribute of element.attributes) {
      if (attribute.value.includes(NO_ID)) attribute.value = attribute.value.replaceAll(NO_ID, id);
    }
  }
}
