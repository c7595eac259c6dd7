const sosUrn = 'urn:service:sos';
/** A start line that calls for help is no longer than this. */
const LINE_BYTES = 300;

/** Which Request-URIs are calls for help: the given numbers, and the service URN of RFC 5031. */
export class EmergencyTargets {
  readonly #numbers: ReadonlySet<string>;

  /** `numbers`: every way in which one may be dialled, without separators. */
  constructor(numbers: readonly string[]) {
    this.#numbers = new Set(numbers);
  }

  matches(uri: string): boolean {
    const colon = uri.indexOf(':');
    if (colon < 0) return false;
    if (uri.length >= sosUrn.length && uri.slice(0, sosUrn.length).toLowerCase() === sosUrn) {
      return uri.length === sosUrn.length || uri[sosUrn.length] === '.';
    }
    const at = uri.indexOf('@', colon);
    const tel = uri.slice(0, colon).toLowerCase() === 'tel';
    if (at < 0 && !tel) return false;
    const user = uri.slice(colon + 1, at < 0 ? undefined : at);
    const semicolon = user.indexOf(';');
    const number = semicolon < 0 ? user : user.slice(0, semicolon);
    if (number.length > 40) return false;
    return this.#numbers.has(number) || this.#numbers.has(number.replace(/[\s().-]|%20/g, ''));
  }

  /** The same of bytes that nobody has parsed: true when they begin with an INVITE for help. */
  begins(bytes: Buffer): boolean {
    if (bytes[0] !== 73 || bytes.length < 12) return false;
    const line = bytes.toString('latin1', 0, LINE_BYTES);
    if (!line.startsWith('INVITE ')) return false;
    const end = line.indexOf(' ', 7);
    return end > 0 && this.matches(line.slice(7, end));
  }
}
