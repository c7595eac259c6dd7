import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bestResponse,
  createResponse,
  followRoute,
  hasLooped,
  isRecordRouteOf,
  loopMark,
  maxBreadth,
  type ProxyStep,
  proxiedCopy,
  proxyBranchTable,
  proxyRefusal,
  ResponseContext,
  type ResponseContextOptions,
  recordRouteParameter,
  type SipRequest,
  type SipResponse,
  takeOwnRoutes,
  timerCMs,
  triesNext,
} from '../../../src/sip/index.js';
import { check, timersOf } from './table-bench.js';
import { makeRequest } from './transaction-bench.js';

const key = 'key';

function response(status: number, headers: Readonly<Record<string, string>> = {}): SipResponse {
  const made = createResponse(makeRequest('INVITE'), status, `to-${status}`);
  for (const name in headers) made.headers.append(name, headers[name] ?? '');
  return made;
}

const branch = { invite: true, provisionalTimeoutMs: 2_000, finalRemainingMs: () => 20_000 };
const noTimer = { timerProvisional: 'never', timerFinal: 'never', timerC: 'never' };

test('proxy branch: every cell', () => {
  check(
    proxyBranchTable,
    {
      calling: {
        trying: 'proceeding',
        progress: 'proceeding forward',
        success: 'accepted forward settle',
        failure: 'over settle',
        silence: 'over settle',
        cancel: 'cancelling cancelRequest',
        timerProvisional: 'left cancelRequest giveUp',
        timerFinal: 'left cancelRequest giveUp',
        timerC: 'left cancelRequest giveUp',
      },
      proceeding: {
        trying: 'ignore',
        progress: 'proceeding forward',
        success: 'accepted forward settle',
        failure: 'over settle',
        silence: 'over settle',
        cancel: 'cancelling cancelRequest',
        timerProvisional: 'never',
        timerFinal: 'left cancelRequest giveUp',
        timerC: 'cancelling cancelRequest',
      },
      cancelling: {
        trying: 'ignore',
        progress: 'ignore',
        success: 'accepted forward settle',
        failure: 'over settle',
        silence: 'over settle',
        cancel: 'ignore',
        ...noTimer,
      },
      left: {
        trying: 'ignore',
        progress: 'ignore',
        success: 'accepted forward',
        failure: 'over',
        silence: 'over',
        cancel: 'ignore',
        ...noTimer,
      },
      accepted: {
        trying: 'ignore',
        progress: 'ignore',
        success: 'accepted forward',
        failure: 'ignore',
        silence: 'ignore',
        cancel: 'ignore',
        ...noTimer,
      },
      over: {
        trying: 'ignore',
        progress: 'ignore',
        success: 'ignore',
        failure: 'ignore',
        silence: 'ignore',
        cancel: 'ignore',
        ...noTimer,
      },
    },
    branch,
  );
});

test('proxy branch: timers', () => {
  assert.deepEqual(timersOf(proxyBranchTable, 'calling', branch), {
    timerProvisional: 2_000,
    timerFinal: 20_000,
    timerC: timerCMs,
  });
  assert.deepEqual(timersOf(proxyBranchTable, 'proceeding', branch), { timerFinal: 20_000, timerC: timerCMs });
  assert.deepEqual(timersOf(proxyBranchTable, 'calling', { ...branch, invite: false }), {
    timerProvisional: Number.POSITIVE_INFINITY,
    timerFinal: 20_000,
    timerC: Number.POSITIVE_INFINITY,
  });
  assert.ok(timerCMs > 180_000);
});

function best(method: string, ...statuses: readonly (number | 'silence')[]): number | undefined {
  const finals = statuses.map((s) => ({ response: response(s === 'silence' ? 408 : s), made: s === 'silence' }));
  return bestResponse(finals, method)?.status;
}

test('the best response (RFC 3261 §16.7 step 6)', () => {
  assert.equal(best('INVITE', 404, 302, 500), 302, 'the lowest class');
  assert.equal(best('INVITE', 404, 603, 302), 603, 'but 6xx above all');
  assert.equal(best('INVITE', 500, 404, 486), 404, 'the first of its class');
  for (const helpful of [401, 407, 415, 420, 484]) assert.equal(best('INVITE', 404, helpful), helpful);
  assert.equal(best('INVITE', 503), 500, '503 speaks of another server');
  assert.equal(best('INVITE', 503, 502), 500);
  assert.equal(best('INVITE', 'silence', 480), 480, "a peer's word before a silence");
  assert.equal(best('INVITE', 'silence', 503), 408);
  assert.equal(best('OPTIONS', 'silence', 503), 500, 'RFC 4320 §4.2');
  assert.equal(best('OPTIONS', 'silence'), undefined);
  assert.equal(best('OPTIONS', 408), undefined);
});

test('all challenges are in the best response (RFC 3261 §16.7 step 7)', () => {
  const finals = [
    { response: response(407, { 'Proxy-Authenticate': 'A' }), made: false },
    { response: response(401, { 'WWW-Authenticate': 'B' }), made: false },
    { response: response(403, { 'WWW-Authenticate': 'C' }), made: false },
  ];
  const chosen = bestResponse(finals, 'INVITE');
  assert.equal(chosen?.status, 407);
  assert.deepEqual(chosen?.headers.all('Proxy-Authenticate'), ['A']);
  assert.deepEqual(chosen?.headers.all('WWW-Authenticate'), ['B']);
});

function context(targets: readonly string[], more: Partial<ResponseContextOptions> = {}): ResponseContext {
  return new ResponseContext({
    method: 'INVITE',
    targets,
    parallel: false,
    followRedirects: false,
    breadth: 60,
    ...more,
  });
}

function told(steps: readonly ProxyStep[]): string {
  return steps
    .map((step) => {
      if (step.do === 'launch') return `launch ${step.branch} ${step.target.uri} ${step.breadth}`;
      if (step.do === 'cancel') return `cancel ${step.branch}`;
      return step.do === 'respond' ? `respond ${step.response.status}` : 'done';
    })
    .join(', ');
}

test('serial: one at a time, then the best', () => {
  const c = context(['sip:a@x', 'sip:b@x']);
  assert.equal(told(c.start()), 'launch 0 sip:a@x 60');
  assert.equal(told(c.settled(0, response(486), false)), 'launch 1 sip:b@x 60');
  assert.equal(told(c.settled(1, response(404), false)), 'respond 486, done');
  assert.equal(told(c.settled(1, response(404), false)), '', 'once');
});

test('serial: success, a challenge and 6xx end the search', () => {
  for (const [status, outcome] of [
    [200, 'done'],
    [401, 'respond 401, done'],
    [407, 'respond 407, done'],
    [600, 'respond 600, done'],
  ] as const) {
    const c = context(['sip:a@x', 'sip:b@x']);
    c.start();
    assert.equal(told(c.settled(0, response(status), false)), outcome);
  }
});

test('parallel: all at once; the rest is cancelled by success or 6xx', () => {
  const three = ['sip:a@x', 'sip:b@x', 'sip:c@x'];
  const c = context(three, { parallel: true });
  assert.equal(told(c.start()), 'launch 0 sip:a@x 20, launch 1 sip:b@x 20, launch 2 sip:c@x 20');
  assert.equal(told(c.settled(1, response(401), false)), '');
  assert.equal(told(c.settled(2, response(200), false)), 'cancel 0, done');
  assert.equal(told(c.settled(0, response(487), false)), '');
  const d = context(three, { parallel: true });
  d.start();
  assert.equal(told(d.settled(0, response(603), false)), 'cancel 1, cancel 2');
  assert.equal(told(d.settled(1, response(487), false)), '');
  assert.equal(told(d.settled(2, response(200), false)), 'done', 'the answer was faster');
});

test('parallel within the breadth that is left (RFC 5393)', () => {
  const c = context(['sip:a@x', 'sip:b@x', 'sip:c@x'], { parallel: true, breadth: 2 });
  assert.equal(told(c.start()), 'launch 0 sip:a@x 1, launch 1 sip:b@x 1');
  assert.equal(told(c.settled(0, response(486), false)), 'launch 2 sip:c@x 1');
  assert.equal(told(c.settled(1, response(486), false)), '');
  assert.equal(told(c.settled(2, response(486), false)), 'respond 486, done');
});

test('the caller gives up: what rings is cancelled, what waits is not tried', () => {
  const c = context(['sip:a@x', 'sip:b@x']);
  c.start();
  assert.equal(told(c.cancel()), 'cancel 0');
  assert.equal(told(c.settled(0, response(487), false)), 'respond 487, done');
});

test('redirections: by preference, each contact once, five deep and no more', () => {
  const c = context(['sip:a@x', 'sip:z@x'], { followRedirects: true });
  c.start();
  const contacts = '<sip:b@x>;q=0.1, <sip:a@x>, <sip:c@x>;q=0.5, <tel:1>, <sip:old@x>;expires=0';
  assert.equal(told(c.settled(0, response(302, { Contact: contacts }), false)), 'launch 1 sip:c@x 60');
  assert.equal(told(c.settled(1, response(302, { Contact: '<sip:a@x>' }), false)), 'launch 2 sip:b@x 60');
  assert.equal(told(c.settled(2, response(486), false)), 'launch 3 sip:z@x 60');
  assert.equal(told(c.settled(3, response(480), false)), 'respond 302, done', 'what led nowhere is an answer');
  const deep = context(['sip:0@x'], { followRedirects: true });
  let steps = told(deep.start());
  for (let i = 0; i < 5; i++) {
    steps = told(deep.settled(i, response(302, { Contact: `<sip:${i + 1}@x>` }), false));
    assert.equal(steps, `launch ${i + 1} sip:${i + 1}@x 60`);
  }
  assert.equal(told(deep.settled(5, response(302, { Contact: '<sip:6@x>' }), false)), 'respond 302, done');
});

test('a redirection to crowds stays within the limit of branches', () => {
  const c = context(['sip:a@x'], { followRedirects: true, parallel: true });
  c.start();
  const crowd = Array.from({ length: 100 }, (_, i) => `<sip:${i}@x>`).join(', ');
  assert.equal(c.settled(0, response(300, { Contact: crowd }), false).length, 31);
});

test('which outcome moves a request to the next address (RFC 3263 §4.3)', () => {
  for (const [method, heard, outcome, next] of [
    ['INVITE', 'nothing', 'timedOut', true],
    ['INVITE', 'nothing', 'failed', true],
    ['INVITE', 'nothing', 503, true],
    ['INVITE', 'nothing', 500, false],
    ['INVITE', 'trying', 'timedOut', false],
    ['INVITE', 'trying', 'failed', false],
    ['INVITE', 'trying', 503, true],
    ['INVITE', 'progress', 503, false],
    ['OPTIONS', 'nothing', 'timedOut', true],
    ['OPTIONS', 'trying', 'timedOut', true],
    ['OPTIONS', 'trying', 404, false],
  ] as const) {
    assert.equal(triesNext(method, heard, outcome), next, `${method} ${heard} ${outcome}`);
  }
});

test('loops are known by a mark that only we can make, and that a spiral does not share', () => {
  const request = makeRequest('INVITE');
  const mark = loopMark(request, key);
  assert.equal(hasLooped(request, mark), false);
  request.headers.prepend('Via', `SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bKabc${mark}`);
  request.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKother');
  assert.equal(loopMark(request, key), mark, 'Via has no part in it');
  assert.equal(hasLooped(request, mark), true);
  assert.notEqual(loopMark({ ...request, uri: 'sip:else@x' }, key), mark);
  assert.notEqual(loopMark(makeRequest('INVITE', { CSeq: '2 INVITE' }), key), mark);
  assert.notEqual(loopMark(makeRequest('INVITE', { Route: '<sip:r;lr>' }), key), mark);
  assert.notEqual(loopMark(makeRequest('INVITE'), 'other'), mark);
});

test('Max-Breadth, Max-Forwards and Proxy-Require', () => {
  assert.equal(maxBreadth(makeRequest('INVITE').headers), 60);
  assert.equal(maxBreadth(makeRequest('INVITE', { 'Max-Breadth': '7' }).headers), 7);
  assert.equal(maxBreadth(makeRequest('INVITE', { 'Max-Breadth': 'many' }).headers), 60);
  assert.equal(proxyRefusal(makeRequest('INVITE')), undefined);
  assert.deepEqual(proxyRefusal(makeRequest('INVITE', { 'Max-Forwards': '0' })), { status: 483, headers: [] });
  assert.deepEqual(proxyRefusal(makeRequest('INVITE', { 'Proxy-Require': 'a, b' })), {
    status: 420,
    headers: [['Unsupported', 'a, b']],
  });
  assert.equal(proxiedCopy(makeRequest('INVITE', { 'Max-Forwards': '9' }), 'sip:x').headers.get('Max-Forwards'), '8');
  assert.equal(proxiedCopy(makeRequest('INVITE', { 'Max-Forwards': 'x' }), 'sip:x').headers.get('Max-Forwards'), '70');
});

function routed(uri: string, ...routes: readonly string[]): SipRequest {
  const request = makeRequest('BYE');
  request.uri = uri;
  for (const route of routes) request.headers.append('Route', route);
  return request;
}

const isOwn = (uri: string) => uri.startsWith('sip:me');

test('our own routes are taken off, also by a strict router before us (RFC 3261 §16.4)', () => {
  const loose = takeOwnRoutes(routed('sip:bob@x', '<sip:me;lr>, <sip:me:5;lr>', '<sip:next;lr>'), isOwn);
  assert.deepEqual(loose.own, ['sip:me;lr', 'sip:me:5;lr']);
  assert.deepEqual(loose.request.headers.all('Route'), ['<sip:next;lr>']);
  assert.equal(loose.request.uri, 'sip:bob@x');
  const strict = takeOwnRoutes(routed('sip:me;lr', '<sip:next;lr>', '<sip:bob@x>'), isOwn);
  assert.equal(strict.request.uri, 'sip:bob@x');
  assert.deepEqual(strict.request.headers.all('Route'), ['<sip:next;lr>']);
  const foreign = routed('sip:bob@x', '<sip:next;lr>', '<sip:me;lr>');
  assert.deepEqual(takeOwnRoutes(foreign, isOwn), { request: foreign, own: [] });
});

test('the next hop is the first route; a strict router there gets the Request-URI (RFC 3261 §16.6 step 6)', () => {
  assert.equal(followRoute(routed('sip:bob@x')), 'sip:bob@x');
  const loose = routed('sip:bob@x', '<sip:next;lr>');
  assert.equal(followRoute(loose), 'sip:next;lr');
  assert.equal(loose.uri, 'sip:bob@x');
  const strict = routed('sip:bob@x', '<sip:next>', '<sip:then;lr>');
  assert.equal(followRoute(strict), 'sip:next');
  assert.equal(strict.uri, 'sip:next');
  assert.deepEqual(strict.headers.all('Route'), ['<sip:then;lr>', '<sip:bob@x>']);
});

test('a Record-Route proves its dialog, in both directions and for nobody else', () => {
  const uri = `sip:192.0.2.1;lr${recordRouteParameter(makeRequest('INVITE'), key)}`;
  assert.equal(isRecordRouteOf(uri, makeRequest('BYE'), key), true);
  const back = makeRequest('BYE', { From: '<sip:bob@x>;tag=bob', To: '<sip:alice@x>;tag=alice' });
  assert.equal(isRecordRouteOf(uri, back, key), true);
  assert.equal(isRecordRouteOf(uri, makeRequest('BYE', { 'Call-ID': 'other' }), key), false);
  assert.equal(isRecordRouteOf(uri, makeRequest('BYE', { From: '<sip:m@x>;tag=mallory' }), key), false);
  assert.equal(isRecordRouteOf('sip:192.0.2.1;lr', makeRequest('BYE'), key), false);
});
