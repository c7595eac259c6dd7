import { err, ok, type Result } from '../base/index.js';
import type { LegContinuation } from '../call/index.js';
import { withoutSecrets } from '../media/index.js';
import {
  type FilteredOffer,
  filterOffer,
  formatSdp,
  type MediaDescription,
  padMedia,
  parseSdp,
  rejectMedia,
  SdpOrigin,
  type SessionDescription,
  sameMedia,
} from '../sdp/index.js';
import type { SipView } from './application.js';

/** The bodies of one leg: its own `o=` line, its own count of media lines, and only the media that its peer can take. */
export class LegMedia {
  readonly #session: string;
  readonly #origin: SdpOrigin;
  readonly #takes: ((media: MediaDescription) => boolean) | undefined;
  #sent: SessionDescription | undefined;
  #received: SessionDescription | undefined;
  /** How many media lines the peer's open offer has. */
  #offeredCount: number | undefined;
  #filtered: FilteredOffer | undefined;

  /** `sessionId`: decimal digits. `takes`: absent where the peer is offered everything. */
  constructor(sessionId: string, takes?: (media: MediaDescription) => boolean, sent?: SessionDescription) {
    this.#session = sessionId;
    this.#origin = new SdpOrigin(sessionId, sent);
    this.#takes = takes;
    this.#sent = sent;
  }

  /** Goes on where {@link continuation} was; undefined where that cannot be read. */
  static resume(
    { session, sent, received }: LegContinuation,
    takes?: (media: MediaDescription) => boolean,
  ): LegMedia | undefined {
    const [said, heard] = [sent, received].map((text) => (text === undefined ? undefined : parseSdp(text)));
    if (!/^\d{1,30}$/.test(session ?? '') || said?.ok === false || heard?.ok === false) return undefined;
    const media = new LegMedia(session ?? '', takes, said?.value);
    media.#received = heard?.value;
    return media;
  }

  /** What another process needs to go on: no keys and no passwords, for it is kept on disk. */
  continuation(): LegContinuation {
    const received = this.#received && withoutSecrets(this.#received);
    // What had secrets is not what the peer said any more: whatever it offers next is then new.
    const whole = received !== undefined && this.#received !== undefined && sameMedia(received, this.#received);
    return {
      session: this.#session,
      ...(this.#sent === undefined ? {} : { sent: formatSdp(withoutSecrets(this.#sent)) }),
      ...(received === undefined || !whole ? {} : { received: formatSdp(received) }),
    };
  }

  /** What the peer last said, where that holds. */
  get received(): SessionDescription | undefined {
    return this.#received;
  }

  /** The text of an offer for the peer. */
  offer(description: SessionDescription): string {
    this.#filtered = this.#takes === undefined ? undefined : filterOffer(description, this.#takes);
    return this.#send(padMedia(this.#filtered?.offer ?? description, this.#sent?.media ?? []));
  }

  /** The text of an answer to the peer's offer: as many media lines as that had (RFC 3264 §6). */
  answer(description: SessionDescription): string {
    const count = this.#offeredCount ?? description.media.length;
    return this.#send({ ...description, media: description.media.slice(0, count) });
  }

  /** The text that says no to every media of the peer's offer. */
  rejection(offer: SessionDescription): string {
    return this.#send({ ...offer, media: offer.media.map(rejectMedia) });
  }

  /** What was sent last, for a peer that only refreshes. */
  repeat(): string | undefined {
    return this.#sent === undefined ? undefined : formatSdp(this.#sent);
  }

  /** Whether an offer says nothing new: a session refresh (RFC 4028 §7.4). */
  isRefresh(offer: SessionDescription): boolean {
    const last = this.#received;
    return last !== undefined && last.origin.sessionVersion === offer.origin.sessionVersion && sameMedia(last, offer);
  }

  /** The peer's offer; undefined where the message has no description. The error says what is wrong with it. */
  readOffer(message: SipView): Result<SessionDescription | undefined, string> {
    const read = readDescription(message);
    if (read.ok && read.value !== undefined) this.#offeredCount = read.value.media.length;
    return read;
  }

  /** The peer's offer was accepted. */
  accepted(offer: SessionDescription): void {
    this.#received = offer;
  }

  /** The peer's answer to our offer, with what was left out of the offer rejected in its place. */
  readAnswer(message: SipView): Result<SessionDescription | undefined, string> {
    const read = readDescription(message);
    if (!read.ok || read.value === undefined) return read;
    this.#received = read.value;
    return ok(this.#filtered?.restore(read.value) ?? read.value);
  }

  #send(description: SessionDescription): string {
    this.#sent = this.#origin.stamp(description);
    return formatSdp(this.#sent);
  }
}

function readDescription(message: SipView): Result<SessionDescription | undefined, string> {
  const text = descriptionText(message);
  if (text === undefined) return ok(undefined);
  const parsed = parseSdp(text);
  return parsed.ok ? parsed : err(`session description, line ${parsed.error.line}: ${parsed.error.reason}`);
}

/** The body, or the part of a multipart body (RFC 5621), that is a session description. */
function descriptionText(message: SipView): string | undefined {
  const { body } = message;
  if (body === undefined || body === '') return undefined;
  const type = message.get('Content-Type')?.toLowerCase() ?? '';
  if (type === '' || type.startsWith('application/sdp')) return body;
  if (!type.startsWith('multipart/')) return undefined;
  const part = message.payload?.find((each) => each.type?.toLowerCase().startsWith('application/sdp'));
  return part?.content === undefined ? undefined : part.content.replace(/\r\n--[^\r\n]*(\r\n)?$/, '\r\n');
}
