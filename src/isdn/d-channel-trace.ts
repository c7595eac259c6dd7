import { elementText } from './element-text.js';
import { decodeQ921 } from './q921.js';
import { decodeQ931, maintenanceNames, messageNames, type Q931Message } from './q931.js';

/** A frame in words: the first line is the link's, then the message, then its elements, indented. Never throws. */
export function frameText(bytes: Uint8Array): readonly string[] {
  const frame = decodeQ921(bytes);
  if ('fault' in frame) return [`no Q.921 frame (${frame.fault}): ${hex(bytes)}`];
  const numbers = [
    ...(frame.ns === undefined ? [] : [`N(S)=${frame.ns}`]),
    ...(frame.nr === undefined ? [] : [`N(R)=${frame.nr}`]),
  ];
  const link = [frame.type, `SAPI ${frame.sapi}`, `TEI ${frame.tei}`, ...numbers, ...(frame.pollFinal ? ['P/F'] : [])];
  if (frame.information.length === 0 || (frame.type !== 'I' && frame.type !== 'UI')) return [link.join(' ')];
  const message = decodeQ931(frame.information);
  if ('fault' in message) return [link.join(' '), `  no Q.931 message (${message.fault}): ${hex(frame.information)}`];
  return [
    link.join(' '),
    `  ${messageName(message)} call ${message.callReference}${message.fromDestination ? ' from the called side' : ''}`,
    ...message.elements.map((each) => `    ${elementText(each)}`),
    ...(message.cut === undefined ? [] : [`    ${message.cut}`]),
  ];
}

function messageName({ discriminator, type }: Q931Message): string {
  const name = discriminator === 0x08 ? messageNames.get(type) : maintenanceNames.get(discriminator)?.get(type);
  return name ?? `message 0x${type.toString(16).padStart(2, '0')}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
