import { createRequire } from 'node:module';
import {
  contactUri,
  formatMessage,
  mergeKey,
  parseMessage,
  type SipRequest,
  serverKey,
  tagOf,
  topVia,
} from '../../src/sip/index.js';
import type { Row, Section } from './rows.js';
import { typicalInvite, typicalRegister } from './typical-messages.js';

/** The parser that every drachtio-srf application has. */
interface DrachtioMessage {
  get(name: string): string | undefined;
  getParsedHeader(name: string): unknown;
  toString(): string;
}

const DrachtioMessage: new (text: string) => DrachtioMessage = createRequire(import.meta.url)(
  'drachtio-srf/lib/sip-parser/message',
);

const rounds = 10;
const roundMs = 100;
/** A message read in 4 µs is half a hundredth of what a call may cost. */
const goal = '≥ 250000';

/** How many messages a second of processor time reads and writes, beside the parser of drachtio-srf. */
export function parse(): Promise<Section> {
  return Promise.resolve({
    title: 'Parsing',
    peer: 'drachtio-srf 5.0.29',
    notes: [
      `The best of ${rounds} rounds of ${roundMs} ms of processor time each, for other work only slows one down. An INVITE of ${typicalInvite.length} bytes with 13 headers and a REGISTER of ${typicalRegister.length} with credentials and two contacts.`,
      'Read: the bytes to a message whose lines are split, and in Holdfast checked against the grammar. Headers taken: also what the server takes of each request for its transaction and dialog: the topmost Via in its parts, the tags, Call-ID, CSeq, Contact, Max-Forwards, Require and Route. Written: the message to bytes again.',
      'drachtio-srf reads a header when it is asked for, and checks little.',
    ],
    rows: [...rows('INVITE', typicalInvite, goal), ...rows('REGISTER', typicalRegister)],
  });
}

function rows(name: string, bytes: Buffer, goal?: string): readonly Row[] {
  const wanted = goal === undefined ? {} : { goal };
  const text = bytes.toString('utf8');
  const ours = read(bytes);
  const theirs = new DrachtioMessage(text);
  return [
    {
      what: `${name} read`,
      unit: 'per CPU-second',
      holdfast: best(() => parseMessage(bytes).ok),
      // A server has bytes, not text.
      peer: best(() => new DrachtioMessage(bytes.toString('utf8')).get('Call-ID') !== undefined),
      ...wanted,
    },
    {
      what: `${name} read, headers taken`,
      unit: 'per CPU-second',
      holdfast: best(() => take(read(bytes))),
      peer: best(() => takeFrom(new DrachtioMessage(bytes.toString('utf8')))),
      ...wanted,
    },
    {
      what: `${name} written`,
      unit: 'per CPU-second',
      holdfast: best(() => formatMessage(ours).length > 0),
      peer: best(() => Buffer.from(theirs.toString()).length > 0),
    },
  ];
}

function read(bytes: Buffer): SipRequest {
  const parsed = parseMessage(bytes);
  if (!parsed.ok || parsed.value.kind === 'response') throw new Error('the message under measurement is not accepted');
  return parsed.value;
}

/** What the transaction layer and the server's receiving side take of a request. */
function take(request: SipRequest): boolean {
  const h = request.headers;
  const via = topVia(h);
  if (via === undefined) return false;
  const key = serverKey(request, via);
  const merge = mergeKey(request);
  const from = tagOf(h.get('From') ?? '');
  const to = tagOf(h.get('To') ?? '');
  const contact = contactUri(h);
  const rest = [h.get('Call-ID'), h.get('Max-Forwards'), h.get('Require'), h.get('Route')];
  return key !== merge && from !== to && contact !== undefined && rest.length === 4;
}

function takeFrom(message: DrachtioMessage): boolean {
  const via = message.getParsedHeader('Via');
  const from = message.getParsedHeader('From');
  const to = message.getParsedHeader('To');
  const cseq = message.getParsedHeader('CSeq');
  const contact = message.getParsedHeader('Contact');
  const rest = [message.get('Call-ID'), message.get('Max-Forwards'), message.get('Require'), message.get('Route')];
  return [via, from, to, cseq, contact].every((each) => each !== undefined) && rest.length === 4;
}

function best(once: () => boolean): number {
  let most = 0;
  for (let i = 0; i <= rounds; i++) most = Math.max(most, rate(once));
  return most;
}

function rate(once: () => boolean): number {
  const start = process.cpuUsage();
  let runs = 0;
  for (;;) {
    for (let i = 0; i < 2_000; i++) if (!once()) throw new Error('the message under measurement is not accepted');
    runs += 2_000;
    const used = process.cpuUsage(start);
    const usedMs = (used.user + used.system) / 1000;
    if (usedMs >= roundMs) return Math.round((runs * 1000) / usedMs);
  }
}
