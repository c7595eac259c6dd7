// Makes TLS connections one after the other, some at a time, and ends each as soon as it stands.
// Usage: handshake-main.js ADDRESS PORT COUNT ABREAST. Prints {"made":N,"failed":N,"ms":N} at the end.
import { connect } from 'node:tls';

const [host = '', port = '', count = '', abreast = ''] = process.argv.slice(2);
const wanted = Number(count);
const began = performance.now();
let begun = 0;
let made = 0;
let failed = 0;

function next(): void {
  if (made + failed >= wanted) {
    process.stdout.write(`${JSON.stringify({ made, failed, ms: performance.now() - began })}\n`);
    process.exit(0);
  }
  if (begun >= wanted) return;
  begun++;
  // No session is kept: each handshake is a whole one.
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  socket.once('secureConnect', () => {
    made++;
    socket.destroy();
    next();
  });
  socket.once('error', () => {
    failed++;
    next();
  });
}

for (let i = 0; i < Number(abreast); i++) next();
