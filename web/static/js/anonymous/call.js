// A video call between strangers. The server passes on what both browsers need to find each other, and nothing
// else of it; unless both chose otherwise, all of it goes through a relay, so that nobody learns an address.
import { notify } from "../notices.js";

const RINGS_MILLISECONDS = 45_000;
const LIVES = new Set(["connecting", "talking"]);

// say(signal): sends a signal to the other; text(name): the page's words.
export function makeCall(place, start, { say, text }) {
  const own = place.querySelector("[data-call-own]");
  const other = place.querySelector("[data-call-other]");
  let state = "idle";
  let ice = null;
  let yields = false;
  let peer = null;
  let media = null;
  let offer = null;
  let early = []; // candidates that came before what they belong to
  let ringing = 0;

  const show = (next) => {
    state = next;
    place.hidden = state === "idle";
    place.dataset.state = state;
    start.hidden = !isPossible() || state !== "idle";
    for (const each of place.querySelectorAll("[data-call-when]")) {
      each.hidden = !each.dataset.callWhen.split(" ").includes(state);
    }
  };
  const isPossible = () => Boolean(ice && (ice.policy === "all" || ice.servers.some(isRelay)));

  async function send(signal) {
    try {
      const { delivered } = await say(signal);
      if (!delivered && signal.type === "offer") over("NoAnswer");
    } catch (error) {
      if (signal.type === "hangup") return; // there may be nobody any more to tell
      if (state !== "idle") {
        notify(error.message);
        close();
      }
    }
  }

  async function devices() {
    const stream = await navigator.mediaDevices
      .getUserMedia({ audio: true, video: true })
      .catch(() => navigator.mediaDevices.getUserMedia({ audio: true })); // without a camera one can still talk
    own.srcObject = stream;
    return stream;
  }

  function connect() {
    peer = new RTCPeerConnection({ iceServers: ice.servers, iceTransportPolicy: ice.policy });
    const mine = peer;
    const incoming = new MediaStream();
    other.srcObject = incoming;
    for (const track of media.getTracks()) peer.addTrack(track, media);
    peer.addEventListener("track", ({ track }) => incoming.addTrack(track));
    peer.addEventListener("icecandidate", ({ candidate }) => {
      if (peer === mine) send({ type: "ice", candidate: candidate ? candidate.toJSON() : null });
    });
    peer.addEventListener("connectionstatechange", () => {
      if (peer !== mine) return;
      if (peer.connectionState === "connected") show("talking");
      else if (peer.connectionState === "failed") hangUp("CallBroken");
    });
  }

  async function call() {
    show("calling");
    try {
      media = await devices();
      if (state !== "calling") return stop(); // it was hung up, or they called at the same moment
      connect();
      await peer.setLocalDescription();
    } catch (error) {
      return fail(error);
    }
    ringing = setTimeout(() => hangUp("NoAnswer"), RINGS_MILLISECONDS);
    await send({ type: "offer", sdp: peer.localDescription.sdp });
  }

  async function answer() {
    const { sdp } = offer;
    clearTimeout(ringing);
    show("connecting");
    try {
      media ??= await devices();
      if (state !== "connecting") return stop();
      connect();
      await peer.setRemoteDescription({ type: "offer", sdp });
      await addEarly();
      await peer.setLocalDescription();
      await send({ type: "answer", sdp: peer.localDescription.sdp });
    } catch (error) {
      fail(error);
    }
  }

  // What the other's browser says
  async function receive(signal) {
    try {
      if (signal.type === "hangup") return state === "idle" ? null : over(state === "calling" ? "NoAnswer" : "CallOver");
      if (signal.type === "ice") return await addCandidate(signal.candidate);
      if (signal.type === "answer" && state === "calling" && peer) {
        clearTimeout(ringing);
        show("connecting");
        await peer.setRemoteDescription({ type: "answer", sdp: signal.sdp });
        await addEarly();
      }
      if (signal.type === "offer") ring(signal);
    } catch (error) {
      fail(error);
    }
  }

  function ring(signal) {
    if (!isPossible()) return send({ type: "hangup" });
    if (state === "idle") {
      offer = signal;
      early = [];
      show("ringing");
      ringing = setTimeout(() => over("NoAnswer"), RINGS_MILLISECONDS);
      place.querySelector("[data-call-answer]").focus();
    } else if (state === "calling" && yields) {
      // Both called at once: one of the two, always the same, takes the other's call.
      peer?.close();
      peer = null;
      offer = signal;
      early = [];
      return answer();
    }
  }

  async function addCandidate(candidate) {
    if (state === "idle") return;
    if (peer?.remoteDescription) await peer.addIceCandidate(candidate ?? undefined);
    else early.push(candidate);
  }

  async function addEarly() {
    const waiting = early;
    early = [];
    for (const candidate of waiting) await peer.addIceCandidate(candidate ?? undefined);
  }

  function hangUp(words) {
    if (state === "idle") return;
    send({ type: "hangup" });
    if (words) notify(text(words));
    close();
  }

  function over(words) {
    notify(text(words));
    close();
  }

  function fail(error) {
    if (state === "idle") return;
    console.info("call:", error.message);
    hangUp(error.name === "NotAllowedError" || error.name === "NotFoundError" ? "NoDevice" : "CallBroken");
  }

  function close() {
    clearTimeout(ringing);
    peer?.close();
    peer = offer = null;
    early = [];
    stop();
    for (const button of place.querySelectorAll("[data-call-mute]")) button.setAttribute("aria-pressed", "false");
    show("idle");
  }

  // The light beside the camera goes out.
  function stop() {
    for (const track of media?.getTracks() ?? []) track.stop();
    for (const track of own.srcObject?.getTracks() ?? []) track.stop();
    media = own.srcObject = other.srcObject = null;
  }

  start.addEventListener("click", call);
  place.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.matches("[data-call-answer]")) answer();
    else if (button?.matches("[data-call-end]")) hangUp();
    else if (button?.matches("[data-call-mute]") && LIVES.has(state)) mute(button);
  });

  function mute(button) {
    const isOff = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isOff));
    for (const track of media?.getTracks() ?? []) {
      if (track.kind === button.dataset.callMute) track.enabled = !isOff;
    }
  }

  return {
    // The servers that a call needs, and who yields when both call at once.
    prepare(servers, isSecond) {
      ice = servers;
      yields = isSecond;
      show(state);
    },
    receive,
    // The talk is over: nobody is there to be told.
    end() {
      ice = null;
      close();
    },
  };
}

function isRelay({ urls }) {
  return [urls].flat().some((url) => /^turns?:/.test(url));
}
