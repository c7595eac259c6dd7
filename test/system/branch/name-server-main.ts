// A process of its own, inside a namespace: a name server that knows one name, for as long as it lives.
// Usage: name-server-main.js ADDRESS NAME IPV4. Answers live for 1 s. Prints "ready".
import { createSocket } from 'node:dgram';

const [listen = '', name = '', ipv4 = ''] = process.argv.slice(2);
const socket = createSocket('udp4');

socket.on('message', (query, from) => {
  let end = 12;
  const labels: string[] = [];
  while (end < query.length && query[end] !== 0) {
    const length = query[end] ?? 0;
    labels.push(query.toString('latin1', end + 1, end + 1 + length));
    end += 1 + length;
  }
  const type = query.readUInt16BE(end + 1);
  const question = query.subarray(12, end + 5);
  const found = labels.join('.').toLowerCase() === name && type === 1;
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(labels.join('.').toLowerCase().endsWith(name) ? 0x8580 : 0x8583, 2); // no such name otherwise
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found ? 1 : 0, 6);
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...ipv4.split('.').map(Number)]);
  socket.send(Buffer.concat(found ? [head, question, answer] : [head, question]), from.port, from.address);
});
socket.bind(53, listen, () => process.stdout.write('ready\n'));
process.stdin.on('end', () => process.exit(0)).resume();
