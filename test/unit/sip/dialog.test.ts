import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createResponse,
  Dialog,
  DialogSet,
  Headers,
  type SipRequest,
  type SipResponse,
} from '../../../src/sip/index.js';
import { makeRequest } from './transaction-bench.js';

function answer(request: SipRequest, more: Readonly<Record<string, string>> = {}): SipResponse {
  const response = createResponse(request, 200, 'bob');
  response.headers.append('Contact', '<sip:bob@192.0.2.2:5070>');
  for (const name in more) response.headers.set(name, more[name] ?? '');
  return response;
}

const routes = '<sip:p1.test;lr>, <sip:p2.test;lr>';

test("the callee's dialog: tags, target, route set in order (RFC 3261 §12.1.1)", () => {
  const request = makeRequest('INVITE', { CSeq: '7 INVITE', 'Record-Route': routes });
  const dialog = Dialog.asUas(request, answer(request));
  assert.equal(dialog.id, 'call-1;from-tag=alice');
  assert.equal(dialog.localTag, 'bob');
  assert.equal(dialog.remoteTag, 'alice');
  assert.equal(dialog.remoteCSeq, 7);
  const bye = dialog.request('BYE');
  assert.equal(bye.uri, 'sip:alice@192.0.2.1');
  assert.deepEqual(bye.headers.all('Route'), ['<sip:p1.test;lr>', '<sip:p2.test;lr>']);
  assert.equal(dialog.nextHop, 'sip:p1.test;lr');
  assert.equal(bye.headers.get('From'), '<sip:bob@b.test>;tag=bob');
  assert.equal(bye.headers.get('To'), '<sip:alice@a.test>;tag=alice');
  assert.equal(bye.headers.get('CSeq'), '1 BYE');
});

test("the caller's dialog: route set reversed, CSeq goes on, ACK repeats the INVITE's (§12.1.2, §13.2.2.4)", () => {
  const request = makeRequest('INVITE', { CSeq: '7 INVITE' });
  const dialog = Dialog.asUac(request, answer(request, { 'Record-Route': routes }));
  assert.equal(dialog.id, 'call-1;from-tag=alice');
  assert.deepEqual(dialog.routeSet, ['<sip:p2.test;lr>', '<sip:p1.test;lr>']);
  assert.equal(dialog.request('ACK', 7).headers.get('CSeq'), '7 ACK');
  assert.equal(dialog.request('INFO').headers.get('CSeq'), '8 INFO');
  assert.equal(dialog.request('BYE').headers.get('CSeq'), '9 BYE');
});

test('a strict router takes the Request-URI, and the target goes last (§12.2.1.1)', () => {
  const request = makeRequest('INVITE', { 'Record-Route': '<sip:strict.test>, <sip:p2.test;lr>' });
  const dialog = Dialog.asUas(request, answer(request));
  const info = dialog.request('INFO');
  assert.equal(info.uri, 'sip:strict.test');
  assert.deepEqual(info.headers.all('Route'), ['<sip:p2.test;lr>', '<sip:alice@192.0.2.1>']);
});

test('the 2xx replaces what the provisional response said of routes and target', () => {
  const request = makeRequest('INVITE');
  const ringing = answer(request, { 'Record-Route': routes });
  const dialog = Dialog.asUac(request, ringing);
  assert.equal(dialog.state, 'early');
  dialog.confirm(answer(request, { 'Record-Route': '<sip:p9.test;lr>', Contact: '<sip:desk@192.0.2.3>' }));
  assert.equal(dialog.state, 'confirmed');
  assert.deepEqual(dialog.routeSet, ['<sip:p9.test;lr>']);
  assert.equal(dialog.remoteTarget, 'sip:desk@192.0.2.3');
});

test('CSeq: higher and equal pass, lower does not (§12.2.2)', () => {
  const request = makeRequest('INVITE', { CSeq: '5 INVITE' });
  const dialog = Dialog.asUas(request, answer(request));
  assert.equal(dialog.admit(makeRequest('INFO', { CSeq: '9 INFO' })), true);
  assert.equal(dialog.admit(makeRequest('INFO', { CSeq: '8 INFO' })), false);
  assert.equal(dialog.admit(makeRequest('INFO', { CSeq: '10 INFO' })), true);
  const caller = Dialog.asUac(request, answer(request));
  assert.equal(caller.admit(makeRequest('BYE', { CSeq: '1 BYE' })), true, 'the peer begins where it likes');
});

test('a target refresh without a usable Contact changes nothing', () => {
  const request = makeRequest('INVITE');
  const dialog = Dialog.asUas(request, answer(request));
  for (const contact of ['*', '', '<<>>']) dialog.refreshTarget(new Headers([['Contact', contact]]));
  assert.equal(dialog.remoteTarget, 'sip:alice@192.0.2.1');
  dialog.refreshTarget(new Headers([['Contact', '"A" <sip:new@192.0.2.4>;expires=3']]));
  assert.equal(dialog.remoteTarget, 'sip:new@192.0.2.4');
});

test('a peer of RFC 2543 without To tag still makes a dialog', () => {
  const request = makeRequest('INVITE');
  const response = createResponse(request, 200);
  response.headers.append('Contact', '<sip:bob@192.0.2.2>');
  const dialog = Dialog.asUac(request, response);
  assert.equal(dialog.remoteTag, '');
  assert.equal(dialog.request('BYE').headers.get('To'), '<sip:bob@b.test>');
});

test("a NOTIFY that comes first makes the subscriber's dialog (RFC 6665 §4.4.1)", () => {
  const subscribe = makeRequest('SUBSCRIBE');
  const notify = makeRequest('NOTIFY', {
    From: '<sip:bob@b.test>;tag=notifier',
    To: '<sip:alice@a.test>;tag=alice',
    Contact: '<sip:bob@192.0.2.7>',
    'Record-Route': routes,
  });
  const dialog = Dialog.asSubscriber(subscribe, notify);
  assert.equal(dialog.remoteTag, 'notifier');
  assert.equal(dialog.remoteTarget, 'sip:bob@192.0.2.7');
  assert.deepEqual(dialog.routeSet, ['<sip:p1.test;lr>', '<sip:p2.test;lr>']);
  assert.equal(dialog.request('SUBSCRIBE').headers.get('To'), '<sip:bob@b.test>;tag=notifier');
});

test('the set finds dialogs by tags, by id with all forks, and by Call-ID', () => {
  const set = new DialogSet<{ dialog: Dialog }>();
  const request = makeRequest('INVITE');
  const fork = (tag: string) => ({ dialog: Dialog.asUac(request, createResponse(request, 180, tag)) });
  const [a, b] = [fork('one'), fork('two')];
  set.add(a);
  set.add(b);
  assert.equal(set.size, 2);
  assert.equal(set.find('call-1', 'alice', 'two'), b);
  assert.equal(set.find('call-1', 'two', 'alice'), undefined, 'our own INVITE come back is another dialog');
  assert.deepEqual(set.withId('call-1;from-tag=alice'), [a, b]);
  assert.deepEqual(set.withCallId('call-1'), [a, b]);
  set.remove(a);
  set.remove(a);
  assert.deepEqual(set.withId('call-1;from-tag=alice'), [b]);
  set.remove(b);
  assert.equal(set.size, 0);
  assert.deepEqual(set.withCallId('call-1'), []);
});
