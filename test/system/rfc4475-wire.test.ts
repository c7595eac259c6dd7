import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { semanticRows } from '../vectors/rfc4475-semantics.js';
import { syntaxRows } from '../vectors/rfc4475-syntax.js';
import { Scene, type ServerUnderTest, type SrfMessage } from './sip-server-bench.js';
import { TakeoverBench } from './takeover-bench.js';
import { TortureSender } from './torture-sender.js';

/** What is well-formed, and what becomes of it: the application's answer, the SIP server's, or nothing. */
type Fate =
  | { readonly to: 'application'; readonly also?: readonly (readonly [name: string, value: string])[] }
  | { readonly to: 'server'; readonly status: number; readonly reason: string }
  | { readonly to: 'nobody' };

const application: Fate = { to: 'application' };
const server = (status: number, reason: string): Fate => ({ to: 'server', status, reason });

/** Every message that the parser accepts; the others get what the parser's table says. */
const fates: Readonly<Record<string, Fate>> = {
  // §3.1.1: valid
  wsinv: server(481, 'Call/Transaction Does Not Exist'), // its To has a tag, and the dialog is nobody's
  intmeth: server(501, 'Not Implemented'),
  esc01: {
    to: 'application',
    also: [
      ['To', 'sip:%75se%72@example.com'],
      ['Contact', '<sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>'],
    ],
  },
  escnull: { to: 'application', also: [['To', 'sip:null-%00-null@example.com']] },
  esc02: server(501, 'Not Implemented'), // RE%47IST%45R is not REGISTER
  lwsdisp: { to: 'application', also: [['To', 'sip:user@example.com']] },
  longreq: application,
  dblreq: { to: 'application', also: [['Call-ID', 'dblreq.0ha0isndaksdj99sdfafnl3lk233412']] },
  semiuri: application,
  transports: application,
  mpart01: application,
  unreason: { to: 'nobody' },
  noreason: { to: 'nobody' },
  // §3.1.2: where forgiving is allowed
  lwsstart: application,
  trws: application,
  baddate: { to: 'application', also: [['Date', 'Fri, 01 Jan 2010 16:00:00 EST']] },
  // §3.2: the transaction layer matches it by the rules of RFC 2543
  badbranch: application,
  // §3.3: good grammar that means little
  unkscm: server(416, 'Unsupported URI Scheme'),
  novelsc: server(416, 'Unsupported URI Scheme'),
  unksm2: application, // the registrar's business, see below
  bext01: server(420, 'Bad Extension'),
  invut: application,
  regaut01: application,
  bcast: { to: 'nobody' },
  zeromf: application, // OPTIONS with no hop left is answered by whom it reaches
  cparam01: { to: 'application', also: [['Contact', 'sip:+19725552222@gw1.example.net;unknownparam']] },
  cparam02: { to: 'application', also: [['Contact', '<sip:+19725552222@gw1.example.net;unknownparam>']] },
  regescrt: application,
  sdp01: application,
  // §3.4: legal in RFC 2543; without a Contact the dialog could not be used (RFC 3261 §8.1.1.8)
  inv2543: server(400, 'Missing or Unusable Contact'),
};

/** They have the branch, sent-by and method of another vector: within 64*T1 they are its retransmissions. */
const sameTransaction = new Set(['cparam02', 'regescrt', 'unkscm']);

/** What Holdfast's own controller says where the SIP server leaves it to the application. */
const holdfast: readonly (readonly [name: string, status: number])[] = [
  ['unksm2', 400], // no address of record
  ['regaut01', 401], // a scheme that is not ours is no credentials
  ['cparam01', 401],
  ['escnull', 401],
  ['invut', 407],
  ['sdp01', 407],
  ['baddate', 407],
  ['lwsstart', 407],
  ['semiuri', 200],
  ['zeromf', 200],
  ['mpart01', 405],
];

const withinMs = 5_000;
/** Long enough for an answer that should not come. */
const silenceMs = 300;

describe('RFC 4475 on the wire', () => {
  const scene = new Scene();
  let sender: TortureSender;
  const servers: ServerUnderTest[] = [];
  const seen: SrfMessage[] = [];

  before(async () => {
    sender = await TortureSender.open();
    for (let i = 0; i < 2; i++) {
      const one = await scene.server();
      servers.push(one);
      const methods = ['invite', 'register', 'options', 'message'];
      const serve = (request: SrfMessage, reply: { send: (status: number) => void }): void => {
        seen.push(request);
        reply.send(request.method === 'INVITE' ? 486 : 200);
      };
      await scene.app(one, Object.fromEntries(methods.map((method) => [method, serve])));
    }
  });
  after(async () => {
    sender.close();
    await scene.close();
  });

  it('has a verdict for each message', () => {
    const rows = Object.entries({ ...syntaxRows, ...semanticRows });
    const accepted = rows.filter(([, { verdict }]) => verdict === 'accept').map(([name]) => name);
    assert.deepEqual(Object.keys(fates).sort(), accepted.sort());
  });

  for (const [name, row] of Object.entries({ ...syntaxRows, ...semanticRows })) {
    const fate = fates[name];
    it(`${row.clause} ${name}`, async () => {
      const port = servers[sameTransaction.has(name) ? 1 : 0]?.udpPort ?? 0;
      seen.length = 0;
      const silent = fate === undefined ? row.verdict === 'drop' : fate.to === 'nobody';
      const answer = await sender.answerTo(name, port, silent ? silenceMs : withinMs);
      if (silent) {
        assert.equal(answer, undefined);
        assert.equal(seen.length, 0);
        return;
      }
      assert.ok(answer !== undefined, 'no answer');
      const [request] = seen;
      if (fate?.to === 'application') {
        assert.ok(request !== undefined, 'the application must see it');
        assert.equal(answer.status, request.method === 'INVITE' ? 486 : 200);
        for (const [field, value] of fate.also ?? [])
          assert.ok(request.get(field)?.includes(value), request.get(field));
        return;
      }
      assert.equal(request, undefined, 'no application must see it');
      const { status, reason } = row.verdict === 'accept' && fate?.to === 'server' ? fate : statusOf(row);
      assert.deepEqual({ status: answer.status, reason: answer.reason }, { status, reason });
      if (status === 420) {
        const unsupported = answer.headers.list('Unsupported');
        assert.deepEqual(unsupported, ['nothingSupportsThis', 'nothingSupportsThisEither']);
      }
      if (status === 501 && fate !== undefined) assert.match(answer.headers.get('Allow') ?? '', /INVITE/);
    });
  }
});

function statusOf(row: (typeof syntaxRows)[string]): { readonly status: number; readonly reason: string } {
  assert.ok(row.verdict === 'answer');
  return row;
}

describe('RFC 4475 before the whole controller', () => {
  let bench: TakeoverBench;
  let sender: TortureSender;

  before(async () => {
    bench = await TakeoverBench.open();
    // The centre says nothing: Holdfast is the registrar.
    bench.bob.onMessage = () => undefined;
    await bench.start();
    await bench.until('Holdfast serves', async () => (await bench.mode()) === 'survivable', 20_000);
    sender = await TortureSender.open();
  });
  after(async () => {
    sender.close();
    await bench.close();
  });

  for (const [name, status] of holdfast) {
    it(`answers ${name} with ${status}`, async () => {
      const answer = await sender.answerTo(name, bench.port, 10_000);
      assert.equal(answer?.status, status);
    });
  }
});
