// Registers telephones all at once, as after a power failure, and prints how it went, as JSON. Each telephone has an
// address and port of its own, sends again by timer E of RFC 3261, and comes back when Retry-After says.
// Usage: avalanche-main.js TO-ADDRESS TO-PORT PHONES WITHIN-SECONDS FROM-ADDRESS [FROM-ADDRESS ...]
import { createSocket, type Socket } from 'node:dgram';

const [to = '', toPort = '', phones = '', within = '', ...addresses] = process.argv.slice(2);
const begun = performance.now();
let registered = 0;
let refused = 0;
let again = 0;

interface Phone {
  readonly socket: Socket;
  readonly from: string;
  readonly id: number;
  cseq: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const byCallId = new Map<string, Phone>();
/** Telephones share the sockets of their address: what tells them apart is their Call-ID. */
const sockets: { socket: Socket; from: string }[] = await Promise.all(
  addresses.map(
    (address) =>
      new Promise<{ socket: Socket; from: string }>((resolve) => {
        const socket = createSocket('udp4');
        socket.on('message', (bytes) => answered(bytes.toString('latin1')));
        socket.bind(0, address, () => resolve({ socket, from: `${address}:${socket.address().port}` }));
      }),
  ),
);

function register(phone: Phone): void {
  phone.cseq++;
  const text = [
    `REGISTER sip:${to} SIP/2.0`,
    `Via: SIP/2.0/UDP ${phone.from};rport;branch=z9hG4bKa${phone.id}c${phone.cseq}`,
    'Max-Forwards: 70',
    `From: <sip:${phone.id}@${to}>;tag=${phone.id}`,
    `To: <sip:${phone.id}@${to}>`,
    `Call-ID: phone-${phone.id}`,
    `CSeq: ${phone.cseq} REGISTER`,
    `Contact: <sip:${phone.id}@${phone.from}>`,
    'Expires: 300',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
  const send = (inMs: number): void => {
    phone.socket.send(text, Number(toPort), to);
    phone.timer = setTimeout(() => {
      again++;
      send(Math.min(4000, 2 * inMs));
    }, inMs);
  };
  send(500);
}

function answered(text: string): void {
  const phone = byCallId.get(/^Call-ID: *(\S+)/im.exec(text)?.[1] ?? '');
  const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1]);
  const cseq = Number(/^CSeq: *(\d+)/im.exec(text)?.[1]);
  if (phone === undefined || cseq !== phone.cseq || status < 200 || phone.timer === undefined) return;
  clearTimeout(phone.timer);
  phone.timer = undefined;
  if (status < 300) {
    registered++;
    if (registered === Number(phones)) finish();
    return;
  }
  refused++;
  setTimeout(() => register(phone), 1000 * Number(/^Retry-After: *(\d+)/im.exec(text)?.[1] ?? 5));
}

function finish(): void {
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(`${JSON.stringify({ registered, refused, again, seconds })}\n`);
  process.exit(0);
}

for (let id = 0; id < Number(phones); id++) {
  const at = sockets[id % sockets.length];
  if (at === undefined) continue;
  const phone: Phone = { ...at, id, cseq: 0, timer: undefined };
  byCallId.set(`phone-${id}`, phone);
  setTimeout(() => register(phone), Math.random() * 1000 * Number(within));
}
setTimeout(finish, 110_000);
