import assert from 'node:assert/strict';
import { SeededRandom } from '../../sim/seeded-random.js';
import { settleChains, VirtualClock } from '../../sim/virtual-clock.js';
import { noDns } from '../../system/fixed-dns.js';
import type { FuzzTarget } from '../target.js';
import { MemoryNetwork } from './memory-network.js';

const network = new MemoryNetwork();
network.install();
/** Loaded when the network of this process is in memory. */
const { startSipServer } = await import('../../../appliance/sip-server/index.js');

/** Parts of an input: what is said, by whom. */
const speakers = { application: 'A', other: 'B', telephone: 'T', time: 'W', hangUp: 'X' } as const;
const partEnd = Buffer.from('\n~~\n');

/** What is said after so many parts is not heard. */
const mostParts = 60;

/** Half seconds in which nobody speaks. */
const mostSilence = 240;

/** Timer C of a proxied call, and then the time-out of its CANCEL (RFC 3261 §16.8). */
const longestMs = 280_000;

const controlPort = 9022;
const sipPort = 5060;

/** The whole SIP server, whose applications and telephones say what the input says, in turn. */
export const controlSession: FuzzTarget = {
  name: 'control-session',
  mostBytes: 66_000,
  corpusFiles: 150,
  words: [
    ...[
      '\n~~\nA',
      '\n~~\nT',
      '\n~~\nB',
      '\n~~\nW',
      '\n~~\nX',
      '@TX@',
      '@DLG@',
      '@VIA@',
      '@TAG@',
      '@RSEQ@',
      '|sip|',
      '|route|',
      '|proxy|',
    ],
    ...['SIP/2.0 200 OK', 'SIP/2.0 180 Ringing', 'BYE sip:x@localhost SIP/2.0', 'ACK ', 'CANCEL ', 'PRACK ', 'UPDATE '],
    ...[
      'REFER ',
      'RSeq: 1',
      'RAck: 1 1 INVITE',
      'Require: 100rel',
      'Supported: timer',
      'Session-Expires: 90',
      'Expires: 60',
    ],
    ...[
      'Replaces: ',
      'Path: <sip:a;lr;ob>',
      'Record-Route: <sip:a;lr>',
      'cdr:attempt',
      'remove_route',
      ';transport=tcp',
    ],
  ],
  seeds: () => [incomingCall, reliableCall, outgoingCall, registration, proxied].map((parts) => script(parts)),
  work: play,
};

/** One session from its begin to its end, and then nothing of it may be left. The milliseconds of its slowest part. */
async function play(input: Buffer): Promise<number> {
  const clock = new VirtualClock();
  network.begin();
  let slowestMs = 0;
  const server = await startSipServer({
    clock,
    random: new SeededRandom(7),
    listen: [{ protocol: 'tcp', address: '127.0.0.1', port: sipPort }],
    control: { host: '127.0.0.1', port: controlPort },
    secret: 'cymru',
    dns: noDns,
    utilization: () => 0,
    trace: { bytes: 128 * 1024, messages: 64, ageMs: 3_600_000 },
  });
  const parties = new Map([
    [speakers.application, network.connect(controlPort)],
    [speakers.other, network.connect(controlPort)],
    [speakers.telephone, network.connect(sipPort)],
  ] as const);
  try {
    for (let at = 0, parts = 0; at < input.length && parts < mostParts; parts++) {
      const found = input.indexOf(partEnd, at);
      const to = found < 0 ? input.length : found;
      const speaker = String.fromCharCode(input[at] ?? 0);
      const said = input.subarray(at + 1, to);
      at = to + partEnd.length;
      const start = process.cpuUsage();
      if (speaker === speakers.time) clock.advance(1 + 500 * Math.min(said.length, mostSilence));
      else if (speaker === speakers.hangUp) parties.get(speakers.application)?.receiveEnd();
      else for (const [name, party] of parties) if (name === speaker) party.receive(filled(said, speaker));
      clock.advance(2);
      network.turn();
      await settleChains();
      const { user, system } = process.cpuUsage(start);
      slowestMs = Math.max(slowestMs, (user + system) / 1000);
    }
    // A ringing call may ring for ever, but not without its application.
    parties.get(speakers.application)?.receiveEnd();
    parties.get(speakers.other)?.receiveEnd();
    const left = () => Object.values(server.stats().transactions).filter((count) => count !== 0);
    const patienceMs = triesInTurn(input) ? 0 : longestMs;
    for (let waitedMs = 0; waitedMs === 0 || (left().length > 0 && waitedMs < patienceMs); waitedMs += 70_000) {
      clock.advance(70_000);
      network.turn();
      await settleChains();
    }
    if (patienceMs > 0) assert.deepEqual(left(), [], 'a transaction outlives its timers');
  } finally {
    await server.close();
    network.end();
  }
  // What was under way is told in a turn of its own that it failed.
  clock.advance(1_000);
  network.turn();
  await settleChains();
  assert.equal(clock.pending, 0, 'a timer outlives the server');
  return slowestMs;
}

/** A call that is proxied to several places, one after another, may take as long as it likes. */
function triesInTurn(input: Buffer): boolean {
  const text = input.toString('latin1');
  return text.includes('|proxy|') && text.split(/[|<]sips?:/).length > 3;
}

const marks = /@(?:TX|DLG|VIA|TAG|RSEQ)@/g;

/** What only the live session knows takes the place of its mark; frames of an application get their length. */
function filled(said: Buffer, speaker: string): Buffer {
  const text = said.toString('latin1').replace(marks, (mark) => {
    const told = mark === '@TX@' || mark === '@DLG@' ? network.toldApplications : network.toldTelephones;
    return lastOf(told, mark);
  });
  const bytes = Buffer.from(text, 'latin1');
  if (speaker === speakers.telephone || text.charCodeAt(0) !== 33) return bytes;
  return Buffer.concat([Buffer.from(`${bytes.length - 1}#`), bytes.subarray(1)]);
}

function lastOf(told: string, mark: string): string {
  if (mark === '@VIA@') return field(told, /Via: ([^\r]*)/g);
  if (mark === '@RSEQ@') return field(told, /RSeq: (\d+)/g);
  if (mark === '@TAG@') return field(told, /To: [^\r]*;tag=([^\r;]*)/g);
  if (mark === '@TX@') return field(told, /\|([0-9a-f-]{36})\|[^\r|]*\|/g);
  return field(told, /\|([^|\r]*;from-tag=[^|\r]*)/g);
}

function field(text: string, pattern: RegExp): string {
  return [...text.matchAll(pattern)].at(-1)?.[1] ?? 'none';
}

function script(parts: readonly string[]): Buffer {
  return Buffer.from(parts.join(partEnd.toString()));
}

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const welcome = (...verbs: readonly string[]): string[] => [
  'A!1|authenticate|cymru|tag1',
  ...verbs.map((verb, i) => `A!r${i}|route|${verb}`),
];

const inDialog = new Set(['ACK', 'BYE', 'PRACK', 'UPDATE']);
const cseqs: Readonly<Record<string, number>> = { PRACK: 2, BYE: 2, UPDATE: 3 };

function phone(method: string, headers: readonly string[] = [], body = ''): string {
  return [
    `T${method} sip:bob@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/TCP 127.0.0.1:6000;branch=z9hG4bK${method};rport`,
    'Max-Forwards: 70',
    'From: <sip:alice@b.test>;tag=a1',
    `To: <sip:bob@b.test>${inDialog.has(method) ? ';tag=@TAG@' : ''}`,
    'Call-ID: c1',
    `CSeq: ${cseqs[method] ?? 1} ${method === 'CANCEL' ? 'CANCEL' : method}`,
    'Contact: <sip:alice@127.0.0.1:6000;transport=tcp>',
    ...headers,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

const incomingCall = [
  ...welcome('invite', 'bye', 'info'),
  phone('INVITE', ['Supported: 100rel, timer', 'Session-Expires: 1800', 'Record-Route: <sip:127.0.0.1:6000;lr>'], sdp),
  'A!2|sip|@TX@|\r\nSIP/2.0 180 Ringing\r\n\r\n',
  `A!3|sip|@TX@|\r\nSIP/2.0 200 OK\r\nContact: <sip:localhost>\r\nContent-Type: application/sdp\r\n\r\n${sdp}`,
  phone('ACK'),
  'A!4|sip||@DLG@\r\nINFO sip:placeholder SIP/2.0\r\n\r\n',
  'TSIP/2.0 200 OK\r\nVia: @VIA@\r\nFrom: <sip:bob@b.test>;tag=@TAG@\r\nTo: <sip:alice@b.test>;tag=a1\r\nCall-ID: c1\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n',
  phone('BYE'),
  'A!5|sip|@TX@|@DLG@\r\nSIP/2.0 200 OK\r\n\r\n',
  'Wxxxx',
];

const reliableCall = [
  ...welcome('invite', 'prack', 'update', 'bye'),
  phone('INVITE', ['Supported: 100rel, timer', 'Session-Expires: 90', 'Allow: UPDATE'], sdp),
  `A!2|sip|@TX@|\r\nSIP/2.0 183 Progress\r\nRequire: 100rel\r\nContent-Type: application/sdp\r\n\r\n${sdp}`,
  'A!3|sip|@TX@|\r\nSIP/2.0 180 Ringing\r\nRequire: 100rel\r\n\r\n',
  `A!4|sip|@TX@|\r\nSIP/2.0 200 OK\r\nSession-Expires: 90;refresher=uas\r\nContent-Type: application/sdp\r\n\r\n${sdp}`,
  phone('PRACK', ['RAck: @RSEQ@ 1 INVITE']),
  'A!5|sip|@TX@|@DLG@\r\nSIP/2.0 200 OK\r\n\r\n',
  phone('ACK'),
  phone('UPDATE', ['Session-Expires: 90;refresher=uac', 'Supported: timer'], sdp),
  'A!6|sip|@TX@|@DLG@\r\nSIP/2.0 200 OK\r\n\r\n',
  `A!7|sip||@DLG@\r\nINVITE sip:placeholder SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n${sdp}`,
  'Wxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'A!8|sip||@DLG@\r\nBYE sip:placeholder SIP/2.0\r\n\r\n',
];

const outgoingCall = [
  ...welcome('bye'),
  `A!2|sip||\r\nINVITE sip:carol@127.0.0.1:6000;transport=tcp SIP/2.0\r\nFrom: <sip:a@localhost>\r\nContact: <sip:localhost>\r\nContent-Type: application/sdp\r\n\r\n${sdp}`,
  `TSIP/2.0 180 Ringing\r\nVia: @VIA@\r\nFrom: <sip:a@b>;tag=x\r\nTo: <sip:c@d>;tag=c1\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nRequire: 100rel\r\nRSeq: 7\r\nContact: <sip:carol@127.0.0.1:6000>\r\nContent-Length: 0\r\n\r\n`,
  'A!3|sip||@DLG@\r\nPRACK sip:placeholder SIP/2.0\r\nRAck: 7 1 INVITE\r\n\r\n',
  'A!4|sip|@TX@|\r\nCANCEL sip:carol@127.0.0.1 SIP/2.0\r\n\r\n',
  'X',
  'Wxxxxxxxx',
];

const registration = [
  ...welcome('register', 'options', 'cdr:attempt'),
  phone('REGISTER', ['Expires: 60', 'Supported: path, outbound, gruu']),
  'A!2|sip|@TX@|\r\nSIP/2.0 200 OK\r\nContact: <sip:alice@127.0.0.1:6000;transport=tcp>;expires=60\r\n\r\n',
  'A!3|sip|||sip:127.0.0.1:6000;transport=tcp\r\nOPTIONS sip:alice@127.0.0.1:6000;transport=tcp SIP/2.0\r\n\r\n',
  'B!1|authenticate|wrong',
  'T\r\n\r\n',
  'A!4|remove_route|register',
  'A!5|ping',
];

const proxied = [
  ...welcome('invite'),
  phone('INVITE', [], sdp),
  'A!2|proxy|@TX@|remainInDialog|fullResponse|followRedirects|simultaneous|2s|9s|sip:x@127.0.0.1:6000;transport=tcp|sip:y@127.0.0.1:6001\r\nINVITE sip:bob@127.0.0.1 SIP/2.0\r\nX-A: b\r\n\r\n',
  'TSIP/2.0 302 Moved\r\nVia: @VIA@\r\nFrom: <sip:alice@b.test>;tag=a1\r\nTo: <sip:bob@b.test>;tag=z\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContact: <sip:z@127.0.0.1:6000>\r\nContent-Length: 0\r\n\r\n',
  phone('CANCEL'),
  'Wxx',
];
