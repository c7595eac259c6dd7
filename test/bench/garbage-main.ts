// Sends garbage as fast as it can and prints how much, as JSON.
// Usage: garbage-main.js TO-ADDRESS TO-PORT SECONDS FROM-ADDRESS [FROM-ADDRESS ...]
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';

const [to = '', toPort = '', seconds = '', ...addresses] = process.argv.slice(2);
/** Noise, broken SIP that is answered, and SIP that nobody can answer. */
const kinds = [
  randomBytes(600),
  Buffer.from(
    `INVITE sip:100@${to} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: x\r\nTo: y\r\n${'X: y\r\n'.repeat(80)}\r\n`,
  ),
  Buffer.from(`REGISTER sip:${to} SIP/2.0\r\nTo: <sip:a@b>\r\n\r\n`),
];
let sent = 0;
const sockets: Socket[] = await Promise.all(
  addresses.map(
    (address) =>
      new Promise<Socket>((resolve) => {
        const socket = createSocket('udp4');
        socket.on('message', () => undefined);
        socket.bind(0, address, () => resolve(socket));
      }),
  ),
);
const end = performance.now() + 1000 * Number(seconds);

function burst(): void {
  for (let i = 0; i < 64; i++) {
    const socket = sockets[sent % sockets.length];
    const bytes = kinds[sent % kinds.length];
    if (socket !== undefined && bytes !== undefined) socket.send(bytes, Number(toPort), to);
    sent++;
  }
  if (performance.now() < end) setImmediate(burst);
  else {
    process.stdout.write(`${JSON.stringify({ sent })}\n`);
    setTimeout(() => process.exit(0), 50);
  }
}
burst();
