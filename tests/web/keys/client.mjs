// A member's browser: tweetnacl and static/js/sealed.js, driven by lines of JSON on its standard input.
import { createInterface } from "node:readline";
import nacl from "tweetnacl";
import { Sealer, fromBase64, safetyNumber, stretched, toBase64 } from "./sealed.mjs";

const { address, authorization, id } = JSON.parse(process.argv[2]);
const device = crypto.randomUUID();
let sealer = new Sealer(nacl);

async function call(method, path, body) {
  const headers = { Authorization: authorization, "Content-Type": "application/json" };
  const response = await fetch(`${address}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const content = response.status === 204 ? null : await response.json();
  return response.ok ? content : { failed: content.error.code };
}

const keysOf = async (member) => (await call("GET", `/keys/${member}`)).devices.map((one) => one.public_key);

const deeds = {
  register: () => call("PUT", "/keys/me", { device_id: device, public_key: sealer.publicKey }),
  rotate() {
    sealer = sealer.rotated();
    return deeds.register();
  },
  ask: ({ member }) => call("POST", "/key-exchanges", { recipient_id: member, public_key: sealer.publicKey }),
  agree: ({ exchange }) => call("PUT", `/key-exchanges/${exchange}`, { public_key: sealer.publicKey }),
  async send({ member, text }) {
    const keys = [...(await keysOf(member)), ...(await keysOf(id))].filter((key) => key !== sealer.publicKey);
    return call("POST", "/secret-messages", {
      client_id: crypto.randomUUID(),
      recipient_id: member,
      sender_public_key: sealer.publicKey,
      copies: sealer.seal(text, keys),
    });
  },
  async read({ member }) {
    const { items } = await call("GET", `/secret-messages?peer=${member}&device_id=${device}`);
    return items.reverse().filter((one) => one.sealed).map((one) => sealer.open(one.sealed, one.sender_public_key));
  },
  async safety({ member }) {
    const [mine, theirs] = [{ id, keys: await keysOf(id) }, { id: member, keys: await keysOf(member) }];
    return safetyNumber(nacl, mine, theirs);
  },
  async backUp({ phrase }) {
    const kdf = { name: "pbkdf2-sha256", salt: toBase64(nacl.randomBytes(16)), iterations: 600000 };
    return call("PUT", "/keys/me/backup", { blob: sealer.backup(await stretched(phrase, kdf)), kdf });
  },
  async restore({ phrase }) {
    const { blob, kdf } = await call("GET", "/keys/me/backup");
    const restored = Sealer.restored(nacl, blob, await stretched(phrase, kdf));
    sealer = restored ?? sealer;
    return restored?.publicKey ?? null;
  },
  forget() {
    sealer = new Sealer(nacl);
    return null;
  },
  tamper({ copy, sender }) {
    const bytes = fromBase64(copy.ciphertext);
    bytes[0] ^= 1;
    return sealer.open({ ...copy, ciphertext: toBase64(bytes) }, sender);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { deed, ...details } = JSON.parse(line);
  console.log(JSON.stringify(await deeds[deed](details)));
}
