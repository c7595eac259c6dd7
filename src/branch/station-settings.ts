import { analogCountry } from '../analog/index.js';
import { type Configuration, lineCountry, lineLaw } from '../config/index.js';
import { EmergencyNumbers } from '../emergency/index.js';
import type { TelephoneSettings } from '../lines/index.js';

/** Telephones on jacks, as the configuration has them. */
export function telephoneSettings(c: Configuration): readonly TelephoneSettings[] {
  const country = lineCountry(c);
  const { flash } = analogCountry(country);
  const { firstDigitSeconds, interDigitSeconds, forwardAfterSeconds, ringInside, ringOutside } = c.lines;
  const [help] = new EmergencyNumbers(c).numbers;
  return c.lines.telephones.map((telephone) => {
    const { channel, user, use, signalling, hotline, hotlineDelaySeconds, callWaiting, callerId } = telephone;
    const { messageLamp, distinctiveRing, reverseOnAnswer, receiveGainDb, transmitGainDb } = telephone;
    const minMs = telephone.flashMinMs ?? c.lines.flashMinMs ?? flash.minMs;
    const maxMs = telephone.flashMaxMs ?? c.lines.flashMaxMs ?? flash.maxMs;
    const elevator = use === 'elevator';
    return {
      ...{ channel, username: user, use, signalling, callWaiting, callerId, reverseOnAnswer },
      country: { ...analogCountry(country), flash: { ...flash, minMs, maxMs } },
      law: lineLaw(c, channel),
      ...(hotline === undefined ? {} : { hotline: { number: hotline, afterMs: hotlineDelaySeconds * 1000 } }),
      reroute: elevator && help !== undefined ? [help] : [],
      answerMs: elevator ? c.lines.elevatorAnswerSeconds * 1000 : Number.POSITIVE_INFINITY,
      flash: telephone.flash ?? c.lines.flash ?? (country === '1' ? 'threeWay' : 'digits'),
      lamp: messageLamp,
      echoTailMs: c.lines.echoTailMs,
      gainInDb: receiveGainDb,
      gainOutDb: transmitGainDb,
      ...(distinctiveRing ? { rings: { inside: ringNumber(ringInside), outside: ringNumber(ringOutside) } } : {}),
      codes: c.lines.featureCodes,
      noAnswerMs: forwardAfterSeconds * 1000,
      firstDigitMs: firstDigitSeconds * 1000,
      interDigitMs: interDigitSeconds * 1000,
    };
  });
}

function ringNumber(ring: Configuration['lines']['ringInside']): number | undefined {
  return ring === 'country' ? undefined : Number(ring);
}

/** Milliseconds until the clock of the place says `hour` again. */
export function untilHourMs(hour: number, nowWall: number): number {
  const next = new Date(nowWall);
  next.setHours(hour, 0, 0, 0);
  if (next.getTime() <= nowWall) next.setDate(next.getDate() + 1);
  return next.getTime() - nowWall;
}

/** As a caller's telephone shows it. */
export function timeOfDay(nowWall: number): {
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
} {
  const now = new Date(nowWall);
  return { month: now.getMonth() + 1, day: now.getDate(), hour: now.getHours(), minute: now.getMinutes() };
}
