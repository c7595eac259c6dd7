import { eventParameters, opusParameters, orderedVoice, sameCodec } from './codec-choice.js';
import type { Format } from './format.js';
import type { MediaProfile } from './media-profile.js';

/** RFC 3551 §6. */
const fixed: readonly (readonly [name: string, payloadType: number])[] = [
  ['PCMU/8000', 0],
  ['PCMA/8000', 8],
  ['G722/8000', 9],
  ['CN/8000', 13],
];
/** What telephones use too, so that traces read well. */
const usual: readonly (readonly [name: string, payloadType: number])[] = [
  ['opus/48000', 96],
  ['telephone-event/8000', 101],
  ['telephone-event/48000', 102],
  ['L16/8000', 97],
  ['L16/16000', 98],
];

/** What a payload type has once meant in a session it means to its end (RFC 3264 §8.3.2): all that were said so far, on either side, oldest first. */
export type PayloadTypes = ReadonlyMap<number, Format>;

/** With the formats of one more description. A peer that breaks the rule, because another one stands behind it now, is followed. */
export function withFormats(known: PayloadTypes, formats: readonly Format[]): PayloadTypes {
  const all = new Map(known);
  for (const format of formats) {
    all.delete(format.payloadType);
    all.set(format.payloadType, format);
  }
  return all;
}

/** The formats of an offer of ours: voice in the order that spares transcoding, a telephone-event for each clock, CN. */
export function offeredFormats(
  profile: MediaProfile,
  other: readonly Format[],
  known: PayloadTypes,
): readonly Format[] {
  let taken = known;
  const numbered = (format: Omit<Format, 'payloadType'>): readonly Format[] => {
    const payloadType = numberFor(format, taken);
    if (payloadType === undefined) return [];
    taken = withFormats(taken, [{ ...format, payloadType }]);
    return [{ ...format, payloadType }];
  };
  const voices = orderedVoice(profile, other).flatMap((format) =>
    numbered({ ...format, parameters: format.codec === 'opus' ? opusParameters(other) : '' }),
  );
  const clocks = [...new Set(voices.map((format) => format.clockRate))].filter((rate) => rate !== 16_000);
  const events = profile.telephoneEvent ? clocks : [];
  const narrow = voices.some((format) => format.codec === 'PCMU' || format.codec === 'PCMA');
  return [
    ...voices,
    ...events.flatMap((clockRate) =>
      numbered({ codec: 'telephone-event', clockRate, channels: 1, parameters: eventParameters(undefined) }),
    ),
    ...(profile.comfortNoise && narrow ? numbered({ codec: 'CN', clockRate: 8000, channels: 1, parameters: '' }) : []),
  ];
}

/** The number that the format has already, else its usual one, else a free dynamic one. */
function numberFor(format: Omit<Format, 'payloadType'>, taken: PayloadTypes): number | undefined {
  const known = [...taken.values()].findLast((each) => sameCodec(each, { payloadType: 0, ...format }));
  if (known !== undefined) return known.payloadType;
  const name = `${format.codec}/${format.clockRate}`;
  const fixedNumber = fixed.find(([each]) => each === name)?.[1];
  if (fixedNumber !== undefined && !taken.has(fixedNumber)) return fixedNumber;
  const usualNumber = usual.find(([each]) => each === name)?.[1];
  if (usualNumber !== undefined && !taken.has(usualNumber)) return usualNumber;
  for (let payloadType = 96; payloadType < 128; payloadType++) if (!taken.has(payloadType)) return payloadType;
  return undefined;
}

/**
 * What may arrive: our formats that the peer accepted, by our numbers. Peers are known that send by the numbers of their own
 * answer: where those mean nothing else they are understood too.
 */
export function receivedFormats(ours: readonly Format[], theirs: readonly Format[]): readonly Format[] {
  const agreed = ours.filter((format) => theirs.some((each) => sameCodec(each, format)));
  const astray = theirs.filter(
    (each) =>
      !ours.some((format) => format.payloadType === each.payloadType) &&
      agreed.some((format) => sameCodec(format, each)),
  );
  return [...agreed, ...astray];
}
