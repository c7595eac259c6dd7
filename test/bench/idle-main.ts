// Holds connections, and prints how many stand and how many were closed by the other side, as JSON, once a second.
// Usage: idle-main.js tcp|tls|loris TO-ADDRESS TO-PORT COUNT FROM-ADDRESS [FROM-ADDRESS ...]
// loris: each connection sends one byte of a request a second, and never its end.
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';

const [kind = '', to = '', toPort = '', count = '', ...addresses] = process.argv.slice(2);
/** Connections that are being made at a time. */
const abreast = 50;
const head = `OPTIONS sip:100@${to} SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n${'X-Slow: 1\r\n'.repeat(100)}`;
let made = 0;
let standing = 0;
let closed = 0;
const open = new Set<Socket>();

function next(): void {
  if (made >= Number(count)) return;
  const localAddress = addresses[made % addresses.length];
  const options = { host: to, port: Number(toPort), ...(localAddress === undefined ? {} : { localAddress }) };
  made++;
  const socket =
    kind === 'tls' ? tlsConnect({ ...options, rejectUnauthorized: false, maxVersion: 'TLSv1.3' }) : connect(options);
  let stood = false;
  socket.once(kind === 'tls' ? 'secureConnect' : 'connect', () => {
    stood = true;
    standing++;
    open.add(socket);
    next();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    open.delete(socket);
    closed++;
    if (stood) standing--;
    else next();
  });
}

for (let i = 0; i < abreast; i++) next();
let second = 0;
setInterval(() => {
  second++;
  if (kind === 'loris') for (const socket of open) socket.write(head[second % head.length] ?? 'x');
  process.stdout.write(`${JSON.stringify({ made, standing, closed })}\n`);
}, 1000);
