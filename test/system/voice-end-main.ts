import { createInterface } from 'node:readline';
import { systemClock } from '../../appliance/io/index.js';
import { VoiceEnd } from './voice-end.js';

/** A voice end in a process, for a namespace of its own: HOST FREQUENCY; orders as JSON lines in, answers out. */
const [host = '127.0.0.1', frequency = '500'] = process.argv.slice(2);
const end = await VoiceEnd.open(host, Number(frequency));
let markedAt = systemClock.now();
const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};
say(end.address);
createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  if (order.do === 'speak') end.speak(order.target);
  else if (order.do === 'hush') end.hush();
  else if (order.do === 'mark') markedAt = systemClock.now();
  say({
    sent: end.sent,
    packets: end.packetsSince(markedAt),
    tone: end.toneSince(markedAt, order.frequency ?? 0),
    gapMs: end.gapSince(markedAt),
    streams: end.streamsSince(markedAt).length,
  });
});
process.stdin.on('end', () => process.exit(0));
