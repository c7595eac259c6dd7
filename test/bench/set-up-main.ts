// Places calls at an even rate and prints how long their set-up took, as JSON.
// Usage: set-up-main.js FROM-ADDRESS TO-ADDRESS TO-PORT CALLS-PER-SECOND SECONDS
import { createSocket } from 'node:dgram';

const [from = '', to = '', toPort = '', rate = '', seconds = ''] = process.argv.slice(2);
const socket = createSocket('udp4');
const body = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const sentAt = new Map<string, number>();
const invites = new Map<string, string>();
const tookMs: number[] = [];
let sent = 0;
let again = 0;
let refused = 0;

function header(text: string, name: string): string {
  return new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(text)?.[1] ?? '';
}

function request(method: string, id: string, target: string, remote: string, cseq: number, content = ''): string {
  return [
    `${method} ${target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${from}:${socket.address().port};rport;branch=z9hG4bK${id}${method}${cseq}`,
    'Max-Forwards: 70',
    `From: <sip:caller@${from}>;tag=${id}`,
    `To: ${remote}`,
    `Call-ID: ${id}`,
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:caller@${from}:${socket.address().port}>`,
    ...(content === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${content.length}`,
    '',
    content,
  ].join('\r\n');
}

function send(text: string): void {
  socket.send(text, Number(toPort), to);
}

socket.on('message', (bytes) => {
  const text = bytes.toString();
  const id = header(text, 'Call-ID');
  const start = sentAt.get(id);
  if (/^SIP\/2\.0 [3-6]/.test(text) && header(text, 'CSeq').endsWith('INVITE') && invites.delete(id)) refused++;
  if (!text.startsWith('SIP/2.0 200') || !header(text, 'CSeq').endsWith('INVITE') || start === undefined) return;
  const target = /<([^>]+)>/.exec(header(text, 'Contact'))?.[1] ?? '';
  send(request('ACK', id, target, header(text, 'To'), 1));
  if (!invites.delete(id)) return;
  tookMs.push(performance.now() - start);
  setTimeout(() => send(request('BYE', id, target, header(text, 'To'), 2)), 200);
});

socket.bind(0, from, () => {
  const gapMs = 1000 / Number(rate);
  const end = Number(rate) * Number(seconds);
  const begun = performance.now();
  const tick = setInterval(() => {
    while (sent < end && performance.now() - begun >= sent * gapMs) {
      const id = `${process.pid}-${sent}`;
      const invite = request('INVITE', id, `sip:100@${to}`, `<sip:100@${to}>`, 1, body);
      sent++;
      sentAt.set(id, performance.now());
      invites.set(id, invite);
      send(invite);
      setTimeout(() => {
        if (!invites.has(id)) return;
        again++;
        send(invite);
      }, 500);
    }
    if (sent === end) {
      clearInterval(tick);
      setTimeout(finish, 1500);
    }
  }, 1);
});

function finish(): void {
  const sorted = tookMs.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  process.stdout.write(
    `${JSON.stringify({ p50: at(0.5), p99: at(0.99), failed: sent - sorted.length - refused, refused, again })}\n`,
  );
  process.exit(0);
}
