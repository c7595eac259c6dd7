import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createResponse,
  formatMessage,
  InviteClientTransaction,
  type SipRequest,
  tagOf,
} from '../../../src/sip/index.js';
import { Bench, makeRequest, RecordingClient, RecordingPath } from './transaction-bench.js';

function clientBench(reliable = false) {
  const bench = new Bench();
  const path = new RecordingPath(bench.clock, reliable);
  const user = new RecordingClient();
  return { bench, path, user };
}

function invite(b: ReturnType<typeof clientBench>): InviteClientTransaction {
  const t = b.bench.layer.request(makeRequest('INVITE'), b.path, b.user);
  assert.ok(t instanceof InviteClientTransaction);
  return t;
}

test('an unanswered INVITE is repeated at T1, 2*T1 ... and times out after 64*T1', () => {
  const b = clientBench();
  invite(b);
  b.bench.clock.advance(40_000);
  assert.deepEqual(b.path.timesOf('INVITE'), [0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  assert.deepEqual(b.user.events, ['timedOut']);
  assert.equal(b.bench.clock.pending, 0);
  assert.deepEqual(b.bench.layer.counts, { client: 0, server: 0 });
});

test('an unanswered OPTIONS is repeated up to every T2', () => {
  const b = clientBench();
  b.bench.layer.request(makeRequest('OPTIONS'), b.path, b.user);
  b.bench.clock.advance(40_000);
  const times = b.path.timesOf('OPTIONS');
  assert.deepEqual(times, [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
  assert.deepEqual(b.user.events, ['timedOut']);
  assert.equal(b.bench.clock.pending, 0);
});

test('a provisional response slows a non-INVITE down, and does not prolong it', () => {
  const b = clientBench();
  b.bench.layer.request(makeRequest('OPTIONS'), b.path, b.user);
  b.bench.clock.advance(100);
  b.bench.answer(b.path, 100);
  b.bench.clock.advance(40_000);
  assert.deepEqual(b.path.timesOf('OPTIONS'), [0, 4100, 8100, 12_100, 16_100, 20_100, 24_100, 28_100]);
  assert.deepEqual(b.user.events, ['100', 'timedOut']);
  assert.equal(b.bench.clock.pending, 0);
});

test('a reliable transport repeats nothing and times out all the same', () => {
  for (const method of ['INVITE', 'OPTIONS']) {
    const b = clientBench(true);
    b.bench.layer.request(makeRequest(method), b.path, b.user);
    b.bench.clock.advance(40_000);
    assert.deepEqual(b.path.names, [method]);
    assert.deepEqual(b.user.events, ['timedOut']);
    assert.equal(b.bench.clock.pending, 0);
  }
});

test('the layer acknowledges a refusal, each time it comes, and reports it once', () => {
  const b = clientBench();
  const request = makeRequest('INVITE', { Route: '<sip:proxy.test;lr>' });
  b.bench.layer.request(request, b.path, b.user);
  b.bench.answer(b.path, 486);
  b.bench.clock.advance(600);
  b.bench.answer(b.path, 486, 'bob', 'INVITE');
  assert.deepEqual(b.path.names, ['INVITE', 'ACK', 'ACK']);
  assert.deepEqual(b.user.events, ['486']);
  const [sent, ack] = b.path.sent.map(({ message }) => message);
  assert.ok(sent?.kind === 'request' && ack?.kind === 'request');
  assert.equal(ack.headers.get('Via'), sent.headers.get('Via'), 'same branch');
  assert.equal(ack.headers.get('CSeq'), '1 ACK');
  assert.equal(tagOf(ack.headers.get('To') ?? ''), 'bob');
  assert.equal(ack.headers.get('Route'), '<sip:proxy.test;lr>');
  b.bench.clock.advance(40_000);
  assert.equal(b.bench.clock.pending, 0);
});

test('every 2xx of an INVITE is reported for 64*T1 and none is acknowledged by the layer', () => {
  const b = clientBench();
  invite(b);
  b.bench.answer(b.path, 180);
  b.bench.answer(b.path, 200);
  b.bench.answer(b.path, 200, 'fork');
  b.bench.clock.advance(31_000);
  b.bench.answer(b.path, 200);
  assert.deepEqual(b.user.events, ['180', '200', '200', '200']);
  assert.deepEqual(b.path.names, ['INVITE']);
  b.bench.clock.advance(1_001);
  b.bench.answer(b.path, 200);
  assert.equal(b.bench.strays.length, 1);
  assert.equal(b.bench.clock.pending, 0);
});

test('CANCEL waits for the first provisional response', () => {
  const b = clientBench();
  const t = invite(b);
  t.cancel([['Reason', 'SIP;cause=200;text="elsewhere"']]);
  b.bench.clock.advance(400);
  assert.deepEqual(b.path.names, ['INVITE']);
  b.bench.answer(b.path, 100);
  assert.deepEqual(b.path.names, ['INVITE', 'CANCEL']);
  const cancel = b.path.last();
  assert.ok(cancel.kind === 'request');
  assert.equal(cancel.headers.get('Reason'), 'SIP;cause=200;text="elsewhere"');
  assert.equal(cancel.headers.get('CSeq'), '1 CANCEL');
  b.bench.answer(b.path, 200, 'bob', 'CANCEL');
  b.bench.answer(b.path, 487, 'bob', 'INVITE');
  assert.deepEqual(b.user.events, ['100', '487'], "CANCEL's own 200 is nobody's business");
  b.bench.clock.advance(40_000);
  assert.equal(b.bench.clock.pending, 0);
});

test('CANCEL is not sent when the final response was faster', () => {
  const b = clientBench();
  const t = invite(b);
  t.cancel();
  b.bench.answer(b.path, 200);
  assert.deepEqual(b.path.names, ['INVITE']);
  assert.deepEqual(b.user.events, ['200']);
  b.bench.clock.advance(40_000);
  assert.equal(b.bench.clock.pending, 0);
});

test('a cancelled INVITE that never ends is given up after 64*T1', () => {
  const b = clientBench();
  const t = invite(b);
  b.bench.answer(b.path, 180);
  b.bench.clock.advance(60_000);
  t.cancel();
  b.bench.answer(b.path, 200, 'bob', 'CANCEL');
  b.bench.clock.advance(31_999);
  assert.deepEqual(b.user.events, ['180']);
  b.bench.clock.advance(1);
  assert.deepEqual(b.user.events, ['180', 'timedOut']);
  b.bench.clock.advance(40_000);
  assert.equal(b.bench.clock.pending, 0);
});

test('a transport error ends the request at once', () => {
  for (const method of ['INVITE', 'REGISTER']) {
    const b = clientBench();
    b.path.failure = 'ECONNREFUSED 192.0.2.2:5060';
    b.bench.layer.request(makeRequest(method), b.path, b.user);
    b.bench.clock.advance(1);
    assert.deepEqual(b.user.events, ['failed ECONNREFUSED 192.0.2.2:5060']);
    assert.equal(b.bench.clock.pending, 0);
  }
});

test('a connection that ends under a waiting request ends the request; a finished one no longer listens', () => {
  const b = clientBench(true);
  b.bench.layer.request(makeRequest('REGISTER'), b.path, b.user);
  assert.equal(b.path.watchers.size, 1);
  for (const watcher of [...b.path.watchers]) watcher('ECONNRESET');
  assert.deepEqual(b.user.events, ['failed ECONNRESET']);
  assert.equal(b.path.watchers.size, 0);
  const c = clientBench(true);
  c.bench.layer.request(makeRequest('REGISTER'), c.path, c.user);
  c.bench.answer(c.path, 200);
  assert.equal(c.path.watchers.size, 0);
});

test('a request is reported once however often it comes, and its retransmissions get the last response', () => {
  const bench = new Bench();
  const path = new RecordingPath(bench.clock);
  bench.arrive(makeRequest('OPTIONS'), path);
  bench.arrive(makeRequest('OPTIONS'), path);
  assert.equal(bench.requests.length, 1);
  assert.deepEqual(path.names, []);
  bench.respond(0, 200);
  bench.arrive(makeRequest('OPTIONS'), path);
  assert.deepEqual(path.names, ['200', '200']);
  bench.clock.advance(32_000);
  assert.equal(bench.clock.pending, 0);
  assert.equal(bench.layer.counts.server, 0);
});

test('a non-INVITE that nobody answers gets a late 100 and then silence', () => {
  const bench = new Bench();
  const path = new RecordingPath(bench.clock);
  let expired = 0;
  bench.arrive(makeRequest('OPTIONS'), path);
  const [entry] = bench.requests;
  if (entry !== undefined) entry.transaction.user = { expired: () => expired++, ackTimedOut: () => assert.fail() };
  bench.clock.advance(3499);
  assert.deepEqual(path.names, []);
  bench.clock.advance(60_000);
  assert.deepEqual(path.names, ['100']);
  assert.equal(expired, 1);
  assert.equal(bench.clock.pending, 0);
});

test('a refused INVITE is repeated until its ACK, which goes no further', () => {
  const bench = new Bench();
  const path = new RecordingPath(bench.clock);
  const request = bench.arrive(makeRequest('INVITE'), path);
  bench.respond(0, 486);
  bench.clock.advance(4000);
  assert.deepEqual(path.timesOf('486'), [0, 500, 1500, 3500]);
  const ack: SipRequest = { ...makeRequest('ACK'), uri: request.uri };
  bench.arrive(ack, path);
  bench.clock.advance(40_000);
  assert.equal(path.names.length, 4);
  assert.equal(bench.acks.length, 0);
  assert.equal(bench.clock.pending, 0);
});

test('an accepted INVITE absorbs its retransmissions; the ACK of the 2xx goes up', () => {
  const bench = new Bench();
  const path = new RecordingPath(bench.clock);
  bench.arrive(makeRequest('INVITE'), path);
  bench.respond(0, 180);
  bench.arrive(makeRequest('INVITE'), path);
  bench.respond(0, 200);
  bench.arrive(makeRequest('INVITE'), path);
  assert.deepEqual(path.names, ['180', '180', '200']);
  bench.arrive(makeRequest('ACK'), path, 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKtwo');
  assert.equal(bench.acks.length, 1);
  bench.clock.advance(32_000);
  assert.equal(bench.layer.counts.server, 0);
  assert.equal(bench.clock.pending, 0);
});

test('CANCEL finds its INVITE by branch and sent-by', () => {
  const bench = new Bench();
  const path = new RecordingPath(bench.clock);
  bench.arrive(makeRequest('INVITE'), path);
  bench.arrive(makeRequest('CANCEL', { CSeq: '1 CANCEL' }), path);
  bench.arrive(makeRequest('CANCEL', { CSeq: '1 CANCEL' }), path, 'SIP/2.0/UDP 192.0.2.8:5060;branch=z9hG4bKone');
  assert.equal(bench.cancels[0]?.target, bench.requests[0]?.transaction);
  assert.equal(bench.cancels[1]?.target, undefined);
});

test('the same request by another way is a merged request: 482', () => {
  const bench = new Bench();
  const path = new RecordingPath(bench.clock);
  bench.arrive(makeRequest('INVITE'), path);
  bench.arrive(makeRequest('INVITE'), path, 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKother');
  assert.equal(bench.requests.length, 1);
  assert.deepEqual(path.names, ['482']);
  // The next CSeq is another request, e.g. with credentials.
  bench.arrive(makeRequest('INVITE', { CSeq: '2 INVITE' }), path, 'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKthird');
  assert.equal(bench.requests.length, 2);
});

test('clients of RFC 2543, without the magic cookie, are matched by their fields', () => {
  const bench = new Bench();
  const path = new RecordingPath(bench.clock);
  const via = 'SIP/2.0/UDP 192.0.2.9:5060;branch=1';
  bench.arrive(makeRequest('INVITE'), path, via);
  bench.arrive(makeRequest('INVITE'), path, via);
  assert.equal(bench.requests.length, 1);
  bench.arrive(makeRequest('INVITE', { 'Call-ID': 'call-2' }), path, via);
  assert.equal(bench.requests.length, 2, 'the branch alone means nothing');
  bench.respond(0, 404);
  bench.arrive(makeRequest('ACK', { To: '<sip:bob@b.test>;tag=local' }), path, via);
  bench.clock.advance(600);
  assert.deepEqual(path.names, ['404'], 'the ACK was matched');
});

test('a response for nobody is a stray', () => {
  const bench = new Bench();
  const request = makeRequest('OPTIONS');
  request.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKunknown');
  bench.layer.receiveResponse(createResponse(request, 200, 'x'), 'net');
  assert.equal(bench.strays.length, 1);
});

test('a response to another method than was sent with that branch is a stray', () => {
  const b = clientBench();
  b.bench.layer.request(makeRequest('OPTIONS'), b.path, b.user);
  const sent = b.path.last();
  assert.ok(sent.kind === 'request');
  sent.headers.set('CSeq', '1 INVITE');
  b.bench.layer.receiveResponse(createResponse(sent, 200, 'x'), 'net');
  assert.equal(b.bench.strays.length, 1);
  assert.deepEqual(b.user.events, []);
});

test('stop leaves no timer behind and tells nobody', () => {
  const b = clientBench();
  invite(b);
  b.bench.layer.request(makeRequest('OPTIONS', { 'Call-ID': 'o' }), b.path, b.user);
  b.bench.arrive(makeRequest('INVITE'), b.path);
  b.bench.respond(0, 486);
  b.bench.layer.stop();
  assert.equal(b.bench.clock.pending, 0);
  assert.deepEqual(b.user.events, []);
});

test('a finished transaction keeps only what a retransmission needs', () => {
  const b = clientBench();
  const t = invite(b);
  b.bench.answer(b.path, 200);
  assert.equal(t.bytes, undefined);
  const bench = new Bench();
  const path = new RecordingPath(bench.clock);
  bench.arrive(makeRequest('OPTIONS'), path);
  const [entry] = bench.requests;
  assert.ok(entry !== undefined);
  entry.transaction.respond(200, formatMessage(createResponse(entry.request, 200, 'x')));
  assert.equal(entry.transaction.answered, true);
});
