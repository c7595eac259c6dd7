import { analogCountry } from '../analog/index.js';
import { type Configuration, lineCountry, lineLaw } from '../config/index.js';
import { EmergencyNumbers } from '../emergency/index.js';
import { type TelephoneSettings, usualFeatureCodes } from '../lines/index.js';

/** A parked call that nobody takes goes back to whoever parked it. */
export const parkPatienceMs = 120_000;
/** The usual four rings of 6 s, less what is lost at the beginning. */
const noAnswerMs = 20_000;

/** Telephones on jacks, as the configuration has them. */
export function telephoneSettings(c: Configuration): readonly TelephoneSettings[] {
  const country = lineCountry(c);
  const [help] = new EmergencyNumbers(c).numbers;
  return c.lines.telephones.map((telephone) => {
    const { channel, user, use, signalling, hotline, hotlineDelaySeconds, callWaiting, callerId } = telephone;
    const { flash, messageLamp, distinctiveRing, reverseOnAnswer, receiveGainDb, transmitGainDb } = telephone;
    const elevator = use === 'elevator';
    return {
      ...{ channel, username: user, use, signalling, callWaiting, callerId, distinctiveRing, reverseOnAnswer },
      country: analogCountry(country),
      law: lineLaw(c, channel),
      ...(hotline === undefined ? {} : { hotline: { number: hotline, afterMs: hotlineDelaySeconds * 1000 } }),
      reroute: elevator && help !== undefined ? [help] : [],
      answerMs: elevator ? c.lines.elevatorAnswerSeconds * 1000 : Number.POSITIVE_INFINITY,
      flash: flash === 'none' ? 'none' : country === '1' ? 'plain' : 'digits',
      lamp: messageLamp,
      echoTailMs: c.lines.echoTailMs,
      gainInDb: receiveGainDb,
      gainOutDb: transmitGainDb,
      codes: usualFeatureCodes,
      noAnswerMs,
    };
  });
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
