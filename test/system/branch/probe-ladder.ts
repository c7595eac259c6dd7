import { type Capture, headerOf, hostOf } from './capture.js';

/**
 * The time (wall clock) at which the first probe that got no answer left the branch: the first OPTIONS sent since `cut`,
 * or sent shortly before it and not answered.
 */
export function firstMissedProbe(wan: Capture, cut: number, from: string): number {
  const sent = wan.sip.filter(
    (one) => one.at >= cut - 100 && hostOf(one.from) === from && one.text.startsWith('OPTIONS '),
  );
  const answered = new Set(
    wan.sip
      .filter((one) => one.at >= cut - 100 && one.text.startsWith('SIP/2.0 '))
      .map((one) => `${headerOf(one.text, 'Call-ID')} ${headerOf(one.text, 'CSeq')}`),
  );
  const missed = sent.find((one) => !answered.has(`${headerOf(one.text, 'Call-ID')} ${headerOf(one.text, 'CSeq')}`));
  return missed?.at ?? Number.NaN;
}
