/** Digest parameters that would let a listener try passwords, or use the answer himself. */
const digestSecrets = /\b(response|nonce|cnonce|nextnonce|rspauth|opaque)(\s*=\s*"?)([^",\r\n]+)/gi;
const credentialLines =
  /^((?:proxy-)?authorization|(?:www|proxy)-authenticate|(?:proxy-)?authentication-info)([ \t]*:[ \t]*)(.*(?:\r\n[ \t].*)*)/gim;
/** `sip:user:password@host` (RFC 3261 §19.1.1 advises against it; some do). */
const uriPasswords = /\b(sips?:[^@\s:;<>]{1,256}:)([^@\s;<>]{1,256})@/gi;
/** SDES keys (RFC 4568), the key line of RFC 4566, ICE passwords (RFC 8839), MIKEY (RFC 4567). */
const sdesKeys = /^(a=crypto:.*)$/gim;
const inlineKeys = /(inline:)([^\s|;]+)/gi;
const keyLines = /^(k=[a-z0-9]+:|a=ice-pwd:|a=key-mgmt:\s*\S+\s)(\S+)/gim;
/** Passwords and PINs in forms, XML and JSON. */
const namedSecrets = /((?:pass(?:word|wd|phrase)|secret|\bpin)["']?\s*[=:>]\s*["']?)([^\s"'&<;,}]+)/gi;
/** Digits of application/dtmf-relay and application/dtmf: PINs are dialled, too. */
const dialledDigits = /^(signal\s*=\s*)([0-9A-D*#])/gim;

/**
 * A copy of a message without its secrets: each letter of one is an x, so that lengths stay what the message says of
 * itself. User names and realms stay.
 */
export function redacted(message: Buffer): Buffer {
  const text = message.toString('latin1');
  const found = text.indexOf('\r\n\r\n');
  const bodyFrom = found < 0 ? text.length : found;
  const head = text
    .slice(0, bodyFrom)
    .replace(credentialLines, (_line, name: string, colon: string, value: string) => name + colon + credentials(value))
    .replace(uriPasswords, (_all, user: string, password: string) => `${user}${hidden(password)}@`);
  const body = text
    .slice(bodyFrom)
    .replace(sdesKeys, (line: string) =>
      line.replace(inlineKeys, (_all, name: string, key: string) => name + hidden(key)),
    )
    .replace(keyLines, (_all, name: string, key: string) => name + hidden(key))
    .replace(namedSecrets, (_all, name: string, value: string) => name + hidden(value))
    .replace(dialledDigits, (_all, name: string, digit: string) => name + hidden(digit));
  return Buffer.from(head + body, 'latin1');
}

function credentials(value: string): string {
  if (/^digest\s/i.test(value) || /^\s*\w+\s*=/.test(value)) {
    return value.replace(digestSecrets, (_all, name: string, equals: string, secret: string) => {
      return name + equals + hidden(secret);
    });
  }
  // Another scheme: what follows its name is the secret itself.
  return value.replace(/^(\S+\s+)([\s\S]+)$/, (_all, scheme: string, rest: string) => scheme + hidden(rest));
}

function hidden(secret: string): string {
  return secret.replace(/[^\r\n\t ]/g, 'x');
}
