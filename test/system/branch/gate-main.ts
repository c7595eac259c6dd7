// A process of its own, inside a namespace: the test's door into it. A Unix socket, unlike an internet one, is
// reachable from every network namespace: each connection begins with a line "HOST PORT" and is then that TCP
// connection. Usage: gate-main.js SOCKET. Prints "ready".
import { connect, createServer } from 'node:net';

const path = process.argv[2] ?? '';

createServer((near) => {
  near.on('error', () => undefined);
  near.once('data', (first: Buffer) => {
    const end = first.indexOf(10);
    const [host = '', port = ''] = first.subarray(0, end).toString('latin1').split(' ');
    const far = connect(Number(port), host);
    far.setNoDelay(true);
    far.on('error', () => near.destroy());
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    if (first.length > end + 1) far.write(first.subarray(end + 1));
    near.pipe(far);
    far.pipe(near);
  });
}).listen(path, () => process.stdout.write('ready\n'));

process.stdin.on('end', () => process.exit(0)).resume(); // never outlives the test
