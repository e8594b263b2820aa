// Sealed messages: this device's keys, and sealing and opening with them. Nothing in here talks to a server.
//
// A message is its text in UTF-8, padded (ISO/IEC 7816-4: 0x80, then zeros) to a multiple of 160 bytes so that its
// length says little, and sealed with NaCl's crypto_box for each device apart. `nacl` is tweetnacl, handed in.

const BLOCK = 160;
const ROUNDS = 5200;
const CURVE25519 = 0x05;

export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export class Sealer {
  // `secretKey`: of this device now; `former`: those before, kept until what was sealed to them is opened.
  constructor(nacl, secretKey = nacl.randomBytes(nacl.box.secretKeyLength), former = []) {
    this.nacl = nacl;
    this.pairs = [secretKey, ...former].map((key) => nacl.box.keyPair.fromSecretKey(key));
  }

  get publicKey() {
    return toBase64(this.pairs[0].publicKey);
  }

  get secretKeys() {
    return this.pairs.map((pair) => pair.secretKey);
  }

  // The same device with a new key; what comes sealed to the former ones can still be opened.
  rotated() {
    return new Sealer(this.nacl, undefined, this.secretKeys);
  }

  // The copies of a message, one for each public key.
  seal(text, publicKeys) {
    const padded = pad(new TextEncoder().encode(text));
    return publicKeys.map((publicKey) => {
      const nonce = this.nacl.randomBytes(this.nacl.box.nonceLength);
      const sealed = this.nacl.box(padded, nonce, fromBase64(publicKey), this.pairs[0].secretKey);
      return { public_key: publicKey, nonce: toBase64(nonce), ciphertext: toBase64(sealed) };
    });
  }

  // The text of a copy; null where none of this device's keys opens it, or it was changed on its way.
  open(copy, senderPublicKey) {
    const pair = this.pairs.find((one) => toBase64(one.publicKey) === copy.public_key);
    if (!pair) return null;
    const sender = fromBase64(senderPublicKey);
    const padded = this.nacl.box.open(fromBase64(copy.ciphertext), fromBase64(copy.nonce), sender, pair.secretKey);
    const bytes = padded && unpadded(padded);
    return bytes && new TextDecoder().decode(bytes);
  }

  // The secret keys, sealed under 32 bytes that only the member has (or that `stretched` makes).
  backup(recoveryKey) {
    const nonce = this.nacl.randomBytes(this.nacl.secretbox.nonceLength);
    const sealed = this.nacl.secretbox(joined(this.secretKeys), nonce, recoveryKey);
    return toBase64(joined([nonce, sealed]));
  }

  // The device of a backup; null where the recovery key is another one.
  static restored(nacl, blob, recoveryKey) {
    const bytes = fromBase64(blob);
    const cut = nacl.secretbox.nonceLength;
    const keys = nacl.secretbox.open(bytes.subarray(cut), bytes.subarray(0, cut), recoveryKey);
    if (!keys) return null;
    const size = nacl.box.secretKeyLength;
    const all = Array.from({ length: keys.length / size }, (_, at) => keys.slice(at * size, (at + 1) * size));
    return new Sealer(nacl, all[0], all.slice(1));
  }
}

// A recovery key made of a phrase, as the backup's `kdf` says (pbkdf2-sha256).
export async function stretched(phrase, { salt, iterations }) {
  const secret = new TextEncoder().encode(phrase.normalize("NFKC"));
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: fromBase64(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}

// What two members compare: the numeric fingerprint of Signal over all devices of both, 60 digits.
// `one` and `other`: { id, keys }, a member's UUID and the public keys of their devices.
export function safetyNumber(nacl, one, other) {
  return [one, other].map((member) => half(nacl, member)).sort().join("");
}

function half(nacl, { id, keys }) {
  const sorted = keys.map(fromBase64).sort(compared);
  const together = joined(sorted.flatMap((key) => [Uint8Array.of(CURVE25519), key]));
  const member = Uint8Array.from(id.replaceAll("-", "").match(/../g), (pair) => parseInt(pair, 16));
  let digest = joined([Uint8Array.of(0, 0), together, member]);
  for (let round = 0; round < ROUNDS; round += 1) digest = nacl.hash(joined([digest, together]));
  const groups = Array.from({ length: 6 }, (_, at) => digest.subarray(at * 5, at * 5 + 5));
  return groups.map((group) => String(group.reduce((sum, byte) => sum * 256 + byte, 0) % 100000).padStart(5, "0")).join("");
}

function compared(one, other) {
  const at = one.findIndex((byte, index) => byte !== other[index]);
  return at < 0 ? 0 : one[at] - other[at];
}

function pad(bytes) {
  const padded = new Uint8Array(Math.floor(bytes.length / BLOCK + 1) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  return padded;
}

function unpadded(bytes) {
  const end = bytes.lastIndexOf(0x80);
  return end < 0 || bytes.subarray(end + 1).some(Boolean) ? null : bytes.subarray(0, end);
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}
