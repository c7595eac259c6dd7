import { type MediaDescription, type SessionDescription, sameMedia } from './session-description.js';

/**
 * The `o=` line of one leg (RFC 3264 §8): one session id and one address for the leg's whole life, and a version that
 * grows by one exactly when the description changes.
 */
export class SdpOrigin {
  readonly #sessionId: string;
  #version: bigint;
  #last: SessionDescription | undefined;

  /** `last`: what another process sent in the same session. `sessionId`: decimal digits; RFC 8866 §5.2 suggests a time, any number that is unique per leg serves. */
  constructor(sessionId: string, last?: SessionDescription) {
    this.#sessionId = sessionId;
    this.#last = last;
    // A process that ended in the middle of a negotiation may have sent one version more than it could write down.
    this.#version = last === undefined ? BigInt(sessionId) : BigInt(last.origin.sessionVersion) + 1n;
  }

  /** The description with this leg's origin; the version grows when the media differ from what was sent last. */
  stamp(description: SessionDescription): SessionDescription {
    const last = this.#last;
    if (last !== undefined && !sameMedia(last, description)) this.#version += 1n;
    const { netType, addressType, address } = last?.origin ?? description.origin;
    const stamped: SessionDescription = {
      ...description,
      origin: {
        username: 'holdfast',
        sessionId: this.#sessionId,
        sessionVersion: this.#version.toString(),
        netType,
        addressType,
        address,
      },
    };
    this.#last = stamped;
    return stamped;
  }
}

/** The same media, rejected (RFC 3264 §6): port 0, no attributes. */
export function rejectMedia(media: MediaDescription): MediaDescription {
  return { media: media.media, port: 0, protocol: media.protocol, formats: media.formats, lines: [] };
}

/** An offer cut down to what one side can take, and how to translate its answer back. */
export interface FilteredOffer {
  readonly offer: SessionDescription;
  /** The answer to `offer` as an answer to the original: what was left out is rejected in its place. */
  restore(answer: SessionDescription): SessionDescription;
}

/** Leaves out the media that `keep` declines. An offer of which nothing would stay is left whole: the other side refuses it. */
export function filterOffer(offer: SessionDescription, keep: (media: MediaDescription) => boolean): FilteredOffer {
  const kept = offer.media.map(keep);
  if (kept.every((each) => each) || !kept.includes(true)) return { offer, restore: (answer) => answer };
  return {
    offer: withoutGroups({ ...offer, media: offer.media.filter((_, index) => kept[index] === true) }),
    restore(answer) {
      const answers = [...answer.media];
      const media = offer.media.map((each, index) =>
        kept[index] === true ? (answers.shift() ?? rejectMedia(each)) : rejectMedia(each),
      );
      return { ...answer, media: [...media, ...answers] };
    },
  };
}

/** `a=group` names media by their mid: with media left out it would point nowhere (RFC 5888 §9.2). */
function withoutGroups(description: SessionDescription): SessionDescription {
  return {
    ...description,
    lines: description.lines.filter((line) => line.type !== 'a' || !line.value.startsWith('group:')),
  };
}

/** Fits a new offer to a session that already had `count` media: their number never falls (RFC 3264 §8.2). */
export function padMedia(offer: SessionDescription, past: readonly MediaDescription[]): SessionDescription {
  if (offer.media.length >= past.length) return offer;
  return { ...offer, media: [...offer.media, ...past.slice(offer.media.length).map(rejectMedia)] };
}
