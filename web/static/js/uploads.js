// Pictures and videos of the composer: sent at once with their progress, shown as they are, described in words.
import { call } from "./api.js";
import { notify } from "./notices.js";
import { csrfToken, locale, text } from "./page.js";

const MOST = 10;
const LONGEST_NAME = 150;
const EVERY = 700; // milliseconds between looks at a video that is being made

// Starts the part of a composer that takes files; answers what a post needs of it.
export function startUploads(form, { purpose = "post", most = MOST } = {}) {
  const input = form.querySelector("[data-files]");
  const tray = form.querySelector("[data-tray]");
  const pieces = [];
  if (!input) return { media: () => [], names: () => [], kind: () => null, busy: () => false, clear() {} };

  const show = () => {
    tray.hidden = pieces.length === 0;
    form.toggleAttribute("data-has-media", pieces.length > 0);
    form.dispatchEvent(new Event("media"));
  };
  const drop = (piece) => {
    piece.cancel();
    piece.tile.remove();
    pieces.splice(pieces.indexOf(piece), 1);
    show();
  };
  const take = (files) => {
    for (const file of files) {
      const isVideo = file.type.startsWith("video/");
      if (pieces.length >= most || pieces.some((piece) => piece.isVideo) || (isVideo && pieces.length)) {
        notify(text("TooMany"));
        break;
      }
      const piece = newPiece(form, file, isVideo, purpose, drop);
      pieces.push(piece);
      tray.append(piece.tile);
      piece.send().then(show, (error) => {
        if (!pieces.includes(piece)) return;
        drop(piece);
        notify(error.message);
      });
    }
    show();
  };
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  form.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
  return {
    media: () => pieces.map((piece) => ({ media_id: piece.id, alt_text: piece.altText() })),
    names: () => pieces.map((piece) => piece.name),
    kind: () => (pieces.length === 0 ? null : pieces[0].isVideo ? "video" : "photo"),
    busy: () => pieces.some((piece) => !piece.ready),
    clear() {
      for (const piece of [...pieces]) drop(piece);
    },
  };
}

function newPiece(form, file, isVideo, purpose, drop) {
  const tile = form.querySelector("template[data-tile]").content.firstElementChild.cloneNode(true);
  const bar = tile.querySelector("progress");
  const alt = tile.querySelector("input");
  tile.querySelector("[data-name]").textContent = file.name;
  const request = new XMLHttpRequest();
  const piece = {
    tile,
    isVideo,
    id: null,
    ready: false,
    gone: false,
    name: file.name,
    altText: () => alt?.value.trim() || null, // messages have none
    cancel() {
      piece.gone = true;
      request.abort();
    },
    async send() {
      if (!isVideo) draw(file, tile.querySelector("canvas"));
      const sent = await upload(request, file, purpose, (share) => (bar.value = share * (isVideo ? 50 : 90)));
      piece.id = sent.id;
      const onProgress = (percent) => (bar.value = isVideo ? 50 + percent / 2 : 95);
      const state = await made(sent, { onProgress, isGone: () => piece.gone });
      if (state.status === "failed") throw new Error(text("BrokenFile"));
      piece.ready = true;
      bar.remove();
    },
  };
  tile.querySelector("button").addEventListener("click", () => drop(piece));
  return piece;
}

// The picture as a small drawing: the page's rules let no address of a local file in.
export async function draw(file, canvas) {
  const bitmap = await createImageBitmap(file).catch(() => null); // such as HEIC, which browsers do not read
  if (!bitmap) return;
  const scale = Math.min(1, 320 / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  canvas.hidden = false;
}

// fetch() tells no progress of what it sends.
export function upload(request, file, purpose, onProgress) {
  const body = new FormData();
  body.append("purpose", purpose);
  body.append("name", file.name.slice(-LONGEST_NAME)); // of a document; of nothing else it is kept
  body.append("file", file);
  request.open("POST", "/api/v1/media");
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Accept-Language", locale);
  request.setRequestHeader("X-CSRF-Token", csrfToken);
  request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
  return new Promise((resolve, reject) => {
    request.addEventListener("error", () => reject(new Error(text("Offline"))));
    request.addEventListener("abort", () => reject(new Error(text("Failed"))));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(request.response);
      else reject(new Error(request.response?.error?.message ?? text("Failed")));
    });
    request.send(body);
  });
}

// Waits until an upload is made ready, or has failed, or nobody wants it any more.
export async function made(state, { onProgress = () => null, isGone = () => false } = {}) {
  let now = state;
  while (now.status === "processing" && !isGone()) {
    onProgress(now.progress);
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    now = await call("GET", `/media/${state.id}`);
  }
  return now;
}
