// A video call between strangers. The server passes on what both browsers need to find each other, and nothing
// else of it; unless both chose otherwise, all of it goes through a relay, so that nobody learns an address.
import { announce, notify } from "../notices.js";
import { Refusal } from "../topics.js";

const RINGS_MILLISECONDS = 45_000;
const CONNECTS_MILLISECONDS = 20_000; // browsers themselves may wait for ever when a relay is away
const RELAY_MILLISECONDS = 10_000; // until a relay counts as away
const LIVES = new Set(["connecting", "talking", "faltering"]);

// say(signal): sends a signal to the other; renew(): the facts of the talk, with credentials of relays that are
// good from now on; text(name): the page's words.
export function makeCall(place, start, { say, renew, text }) {
  const own = place.querySelector("[data-call-own]");
  const other = place.querySelector("[data-call-other]");
  const end = place.querySelector("[data-call-end]");
  let state = "idle";
  let ice = null;
  let seat = null;
  let now = null; // the call that goes on; whoever had to wait looks afterwards whether it is still theirs

  const isPossible = () => Boolean(ice && (ice.policy === "all" || ice.servers.some(isRelay)));

  function show(next) {
    const focused = document.activeElement;
    state = next;
    place.hidden = state === "idle";
    place.dataset.state = state;
    start.hidden = !isPossible() || state !== "idle";
    for (const each of place.querySelectorAll("[data-call-when]")) {
      each.hidden = !each.dataset.callWhen.split(" ").includes(state);
    }
    if (focused?.closest("[hidden]")) (state === "idle" ? start : end).focus(); // the button is gone
  }

  // media: the promise of a stream. early: candidates that came before what they belong to.
  function begin(next, { offer = null, media = null } = {}) {
    now = { offer, media, peer: null, early: [], timer: 0, relayTimer: 0, wasConnected: false };
    show(next);
    return now;
  }

  function limit(mine, milliseconds, act) {
    clearTimeout(mine.timer);
    mine.timer = setTimeout(act, milliseconds);
  }

  async function send(mine, signal) {
    try {
      const { delivered } = await say(signal);
      if (now === mine && !delivered && signal.sdp) over(signal.type === "offer" ? "NoAnswer" : "CallOver");
    } catch (error) {
      if (now !== mine) return;
      if (signal.type === "ice") return console.info("call:", error.message); // another one may do
      notify(error.message);
      hangUp();
    }
  }

  async function call() {
    const mine = begin("calling");
    try {
      if (!(await prepared(mine))) return;
      await mine.peer.setLocalDescription();
      if (now !== mine) return;
      limit(mine, RINGS_MILLISECONDS, () => hangUp("NoAnswer"));
      await send(mine, { type: "offer", sdp: mine.peer.localDescription.sdp });
    } catch (error) {
      fail(mine, error);
    }
  }

  async function answer(mine) {
    clearTimeout(mine.timer);
    show("connecting");
    try {
      if (!(await prepared(mine))) return;
      limit(mine, CONNECTS_MILLISECONDS, () => hangUp("CallBroken"));
      await mine.peer.setRemoteDescription({ type: "offer", sdp: mine.offer.sdp });
      await addEarly(mine);
      await mine.peer.setLocalDescription();
      if (now === mine) await send(mine, { type: "answer", sdp: mine.peer.localDescription.sdp });
    } catch (error) {
      fail(mine, error);
    }
  }

  // What a call needs of this side: a camera, a relay, a connection to be. False when it is over meanwhile.
  async function prepared(mine) {
    mine.media ??= devices();
    let stream;
    try {
      stream = await mine.media;
    } catch (error) {
      if (now === mine) console.info("call:", error.message);
      if (now === mine) hangUp("NoDevice");
      return false;
    }
    if (now !== mine) return false;
    own.srcObject = stream;
    obey(stream);
    const facts = await renew();
    if (now !== mine) return false;
    ice = facts.ice;
    connect(mine, stream);
    return true;
  }

  function devices() {
    const ask = async (wanted) => navigator.mediaDevices.getUserMedia(wanted); // not there without TLS
    return ask({ audio: true, video: true }).catch(() => ask({ audio: true })); // without a camera one can still talk
  }

  function connect(mine, stream) {
    const peer = new RTCPeerConnection({ iceServers: ice.servers, iceTransportPolicy: ice.policy });
    mine.peer = peer;
    const incoming = new MediaStream();
    other.srcObject = incoming;
    for (const track of stream.getTracks()) peer.addTrack(track, stream);
    peer.addEventListener("track", ({ track }) => incoming.addTrack(track));
    const mustRelay = ice.policy === "relay";
    if (mustRelay) mine.relayTimer = setTimeout(() => hangUp("NoRelay"), RELAY_MILLISECONDS);
    let isReachable = !mustRelay;
    peer.addEventListener("icecandidate", ({ candidate }) => {
      if (now !== mine) return;
      if (candidate?.candidate) {
        isReachable = true;
        clearTimeout(mine.relayTimer);
      } else if (!candidate && !isReachable) return hangUp("NoRelay"); // away, or it refuses us
      send(mine, { type: "ice", candidate: candidate ? candidate.toJSON() : null });
    });
    peer.addEventListener("connectionstatechange", () => {
      if (now !== mine) return;
      if (peer.connectionState === "connected") {
        clearTimeout(mine.timer);
        mine.wasConnected = true;
        show("talking");
      } else if (peer.connectionState === "disconnected" && mine.wasConnected) show("faltering");
      else if (peer.connectionState === "failed") hangUp(mine.wasConnected ? "CallLost" : "CallBroken");
    });
  }

  // What the other's browser says; under our own seat, what another window of ours has answered.
  async function receive(signal) {
    const mine = now;
    try {
      if (signal.type === "offer") return ring(signal);
      if (!mine) return;
      if (signal.seat === seat) {
        if (state === "ringing") close();
      } else if (signal.type === "hangup") over(state === "calling" ? "NoAnswer" : "CallOver");
      else if (signal.type === "ice") await addCandidate(mine, signal.candidate);
      else if (state === "ringing") close(); // they have taken the call of another window of ours
      else if (state === "calling" && mine.peer) {
        show("connecting");
        limit(mine, CONNECTS_MILLISECONDS, () => hangUp("CallBroken"));
        await mine.peer.setRemoteDescription({ type: "answer", sdp: signal.sdp });
        await addEarly(mine);
      }
    } catch (error) {
      fail(mine, error);
    }
  }

  function ring(offer) {
    if (!isPossible()) return tellEnd();
    if (state === "calling") {
      // Both called at once: one of the two, always the same, takes the other's call.
      if (seat !== "b") return;
      const { media } = now;
      drop(now);
      return answer(begin("connecting", { offer, media }));
    }
    if (now) over(LIVES.has(state) ? "CallOver" : null); // they begin anew, so their side of that one is gone
    const mine = begin("ringing", { offer });
    limit(mine, RINGS_MILLISECONDS, () => over("NoAnswer"));
    // The focus stays: a key that is pressed in the middle of a word must not turn the camera on.
    announce(place.querySelector("[data-call-rings]").textContent);
  }

  async function addCandidate(mine, candidate) {
    if (!mine.peer?.remoteDescription) return mine.early.push(candidate);
    // One may belong to the call that was dropped when both called at once.
    await mine.peer.addIceCandidate(candidate ?? undefined).catch((error) => console.info("call:", error.message));
  }

  async function addEarly(mine) {
    const waiting = mine.early;
    mine.early = [];
    for (const candidate of waiting) await addCandidate(mine, candidate);
  }

  function hangUp(words) {
    if (!now) return;
    tellEnd();
    over(words);
  }

  function tellEnd() {
    say({ type: "hangup" }).catch(() => null); // there may be nobody any more to tell
  }

  function over(words) {
    if (words) notify(text(words));
    close();
  }

  function fail(mine, error) {
    if (now !== mine) return;
    console.info("call:", error.message);
    const isRefused = error instanceof Refusal;
    if (isRefused) notify(error.message);
    hangUp(isRefused ? null : "CallBroken");
  }

  function close() {
    if (now) {
      drop(now);
      now.media?.then(release, () => null);
    }
    now = own.srcObject = other.srcObject = null;
    for (const button of place.querySelectorAll("[data-call-mute]")) button.setAttribute("aria-pressed", "false");
    show("idle");
  }

  // The light beside the camera goes out.
  function release(stream) {
    for (const track of stream.getTracks()) track.stop();
  }

  function drop({ peer, timer, relayTimer }) {
    clearTimeout(timer);
    clearTimeout(relayTimer);
    peer?.close();
  }

  function obey(stream) {
    for (const button of place.querySelectorAll("[data-call-mute]")) {
      const isOff = button.getAttribute("aria-pressed") === "true";
      for (const track of stream.getTracks()) if (track.kind === button.dataset.callMute) track.enabled = !isOff;
    }
  }

  start.addEventListener("click", call);
  place.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.matches("[data-call-answer]") && state === "ringing") answer(now);
    else if (button === end) hangUp();
    else if (button?.matches("[data-call-mute]") && now) {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      now.media?.then(obey, () => null);
    }
  });
  // Who closes the page hangs up; a call that only rings may be answered in another window.
  addEventListener("pagehide", () => state !== "ringing" && hangUp());

  return {
    // What a call needs, and who we are in it.
    prepare(facts) {
      ice = facts.ice;
      seat = facts.seat;
      show(state);
    },
    receive,
    // The other's last window is gone. Media may go on without the server, what has not begun cannot begin.
    partnerLeft() {
      if (now && !now.wasConnected) over(state === "calling" ? "NoAnswer" : "CallOver");
    },
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
