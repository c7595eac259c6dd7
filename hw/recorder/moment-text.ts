import { frameText } from '../../src/isdn/index.js';
import type { RecordedMoment } from './recording.js';

/** A moment in words: its time, whose it is, which way it went, and what; frames of D-channels with their elements below. */
export function momentText(moment: RecordedMoment): readonly string[] {
  const at = `${(moment.atMs / 1000).toFixed(3).padStart(9)} s`;
  if ('spanEvent' in moment) return [`${at}  <-  span  ${plainText(moment.spanEvent)}`];
  if ('spanSettings' in moment) return [`${at}  ->  span  ${plainText(moment.spanSettings)}`];
  const { channel } = moment;
  if ('frame' in moment) return framed(`${at}  ->  ${channel}  `, moment.frame);
  if ('settings' in moment) return [`${at}  ->  ${channel}  configured: ${plainText(moment.settings)}`];
  if ('order' in moment) return [`${at}  ->  ${channel}  ${plainText(moment.order)}`];
  const { event } = moment;
  if (event.kind === 'frame') return framed(`${at}  <-  ${channel}  `, event.frame);
  return [`${at}  <-  ${channel}  ${plainText(event.kind === 'signal' ? event.signal : event)}`];
}

function framed(head: string, frame: Uint8Array): readonly string[] {
  const [link = '', ...rest] = frameText(frame);
  return [head + link, ...rest.map((line) => ' '.repeat(12) + line.replace(/\p{C}/gu, '·'))];
}

/** `ring cadence 2000/4000` of `{kind: 'ring', cadence: [2000, 4000]}`. */
function plainText(value: object): string {
  return Object.entries(value)
    .flatMap(([name, field]) => {
      if (name === 'kind') return [String(field)];
      if (field === true) return [name];
      if (field === false) return [`not ${name}`];
      return [
        `${name} ${Array.isArray(field) ? field.join('/') || 'none' : typeof field === 'object' ? JSON.stringify(field) : String(field)}`,
      ];
    })
    .join(' ');
}
