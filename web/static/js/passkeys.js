// Passkeys: the browser asks the authenticator, the form carries its answer like any other form.
import { call } from "./api.js";
import { text } from "./page.js";

const canUse = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

export function startPasskeys() {
  for (const form of document.querySelectorAll("[data-passkey]")) prepare(form, prove);
  for (const form of document.querySelectorAll("[data-new-passkey]")) prepare(form, make);
}

function prepare(form, act) {
  form.hidden = !canUse;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    const problem = form.querySelector("[data-passkey-error]");
    problem.hidden = true;
    button.disabled = true;
    try {
      const { ticket, credential } = await act(form);
      put(form, "ticket", ticket);
      put(form, "credential", JSON.stringify(credential.toJSON()));
      form.submit();
    } catch (error) {
      if (error.code === "REAUTHENTICATION_REQUIRED") location.assign(`/prove-it?next=${location.pathname}`);
      // The browser tells neither why: the reader said no, or there is no fitting passkey.
      problem.textContent = error.name === "NotAllowedError" ? text("Passkey") : error.message;
      problem.hidden = false;
      button.disabled = false;
    }
  });
}

async function prove(form) {
  const ticket = form.elements.ticket?.value;
  const challenge = await call("POST", form.dataset.passkey, ticket ? { ticket } : {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(challenge.options);
  return { ticket: challenge.ticket, credential: await navigator.credentials.get({ publicKey }) };
}

async function make() {
  const challenge = await call("POST", "/auth/passkeys/options");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(challenge.options);
  return { ticket: challenge.ticket, credential: await navigator.credentials.create({ publicKey }) };
}

function put(form, name, value) {
  if (!form.elements[name]) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    form.append(input);
  }
  form.elements[name].value = value;
}
