import assert from 'node:assert/strict';
import {
  branchCookie,
  parseChallenge,
  parseCredentials,
  parseMaxForwards,
  parseNameAddr,
  parseNameAddrList,
  parseUri,
  parseVia,
  parseViaList,
  splitList,
  tagOf,
  unescapeUri,
} from '../../src/sip/index.js';
import { bodyOf, header, headerEquals, type Row, request, response, value } from './rfc4475-rows.js';

/** RFC 4475 §3.2-§3.4: good grammar that means little. */
export const semanticRows: Readonly<Record<string, Row>> = {
  badbranch: {
    clause: '3.2.1',
    verdict: 'accept',
    note: 'a cookie with nothing behind it: the transaction layer matches by the rules of RFC 2543',
    check(message) {
      request(message, 'OPTIONS', 'sip:user@example.com');
      assert.equal(value(parseVia(header(message.headers, 'Via'))).parameters.get('branch'), branchCookie);
    },
  },
  insuf: { clause: '3.3.1', verdict: 'answer', status: 400, reason: 'Missing From' },
  unkscm: {
    clause: '3.3.2',
    verdict: 'accept',
    note: '416 is for who serves the request',
    check(message) {
      request(message, 'OPTIONS', 'nobodyKnowsThisScheme:totallyopaquecontent');
      assert.deepEqual(value(parseUri('nobodyKnowsThisScheme:totallyopaquecontent')), {
        kind: 'opaque',
        scheme: 'nobodyknowsthisscheme',
        rest: 'totallyopaquecontent',
      });
    },
  },
  novelsc: {
    clause: '3.3.3',
    verdict: 'accept',
    note: '416 is for who serves the request',
    check(message) {
      request(message, 'OPTIONS', 'soap.beep://192.0.2.103:3002');
      assert.deepEqual(value(parseUri('soap.beep://192.0.2.103:3002')), {
        kind: 'opaque',
        scheme: 'soap.beep',
        rest: '//192.0.2.103:3002',
      });
    },
  },
  unksm2: {
    clause: '3.3.4',
    verdict: 'accept',
    note: 'a registrar answers 400, because its To is no address-of-record',
    check(message) {
      request(message, 'REGISTER', 'sip:example.com');
      assert.equal(value(parseUri(value(parseNameAddr(header(message.headers, 'To'))).uri)).scheme, 'isbn');
      assert.equal(value(parseUri(value(parseNameAddr(header(message.headers, 'From'))).uri)).scheme, 'http');
      assert.equal(value(parseNameAddr(header(message.headers, 'Contact'))).uri, 'name:John_Smith');
    },
  },
  bext01: {
    clause: '3.3.5',
    verdict: 'accept',
    note: '420 with Unsupported is for who serves the request',
    check(message) {
      request(message, 'OPTIONS', 'sip:user@example.com');
      assert.deepEqual(message.headers.list('Require'), ['nothingSupportsThis', 'nothingSupportsThisEither']);
      assert.deepEqual(message.headers.list('Proxy-Require'), ['noProxiesSupportThis', 'norDoAnyProxiesSupportThis']);
    },
  },
  invut: {
    clause: '3.3.6',
    verdict: 'accept',
    note: '415 is for the user agent',
    check(message) {
      request(message, 'INVITE', 'sip:user@example.com');
      headerEquals(message, { 'Content-Type': 'application/unknownformat' });
      assert.equal(message.body.toString(), '<audio>\r\n <pcmu port="443"/>\r\n</audio>\r\n');
    },
  },
  regaut01: {
    clause: '3.3.7',
    verdict: 'accept',
    note: 'a scheme that is not ours counts as no credentials: the registrar challenges',
    check(message) {
      request(message, 'REGISTER', 'sip:example.com');
      const text = header(message.headers, 'Authorization');
      assert.equal(text, 'NoOneKnowsThisScheme opaque-data=here');
      assert.deepEqual(parseCredentials(text), { ok: false, error: 'not the Digest scheme' });
      assert.ok(!parseChallenge(text).ok);
    },
  },
  multi01: {
    clause: '3.3.8',
    verdict: 'answer',
    status: 400,
    reason: 'More Than One CSeq',
  },
  mcl01: { clause: '3.3.9', verdict: 'answer', status: 400, reason: 'Content-Lengths That Differ' },
  bcast: {
    clause: '3.3.10',
    verdict: 'accept',
    note: 'well-formed; the transaction layer drops it, because its topmost Via is not ours',
    check(message) {
      response(message, 200, 'OK');
      assert.deepEqual(
        message.headers.all('Via').map((via) => value(parseVia(via)).host),
        ['192.0.2.198', '255.255.255.255'],
      );
      bodyOf(message, 154);
    },
  },
  zeromf: {
    clause: '3.3.11',
    verdict: 'accept',
    note: 'an end system answers as ever, a proxy 483',
    check(message) {
      request(message, 'OPTIONS', 'sip:user@example.com');
      assert.equal(value(parseMaxForwards(header(message.headers, 'Max-Forwards'))), 0);
    },
  },
  cparam01: {
    clause: '3.3.12',
    verdict: 'accept',
    check(message) {
      request(message, 'REGISTER', 'sip:example.com');
      const contact = value(parseNameAddr(header(message.headers, 'Contact')));
      assert.equal(contact.uri, 'sip:+19725552222@gw1.example.net');
      assert.deepEqual([...contact.parameters], [['unknownparam', '']], "the header's, not the URI's");
    },
  },
  cparam02: {
    clause: '3.3.13',
    verdict: 'accept',
    check(message) {
      request(message, 'REGISTER', 'sip:example.com');
      const contact = value(parseNameAddr(header(message.headers, 'Contact')));
      assert.equal(contact.uri, 'sip:+19725552222@gw1.example.net;unknownparam');
      assert.equal(contact.parameters.size, 0, "the URI's, not the header's");
    },
  },
  regescrt: {
    clause: '3.3.14',
    verdict: 'accept',
    check(message) {
      request(message, 'REGISTER', 'sip:example.com');
      const contact = value(parseNameAddr(header(message.headers, 'Contact')));
      assert.equal(contact.uri, 'sip:user@example.com?Route=%3Csip:sip.example.com%3E');
      const uri = value(parseUri(contact.uri));
      assert.ok(uri.kind === 'sip' && uri.headers !== undefined);
      assert.equal(unescapeUri(uri.headers), 'Route=<sip:sip.example.com>');
    },
  },
  sdp01: {
    clause: '3.3.15',
    verdict: 'accept',
    note: '406 is for the user agent',
    check(message) {
      request(message, 'INVITE', 'sip:user@example.com');
      assert.deepEqual(splitList(header(message.headers, 'Accept')), ['text/nobodyKnowsThis']);
      bodyOf(message, 150);
    },
  },
  inv2543: {
    clause: '3.4.1',
    verdict: 'accept',
    note: 'no branch, no From tag, no Max-Forwards: as RFC 2543 wrote it',
    check(message) {
      request(message, 'INVITE', 'sip:UserB@example.com');
      assert.equal(tagOf(header(message.headers, 'From')), undefined);
      assert.equal(message.headers.has('Max-Forwards'), false);
      assert.equal(value(parseViaList(header(message.headers, 'Via')))[0]?.parameters.size, 0);
      const to = value(parseNameAddr(header(message.headers, 'To')));
      assert.equal(to.uri, 'sip:+16505552222@ss1.example.net');
      assert.deepEqual([...to.parameters], [['user', 'phone']]);
      const routes = value(parseNameAddrList(header(message.headers, 'Record-Route')));
      assert.equal(routes[0]?.uri, 'sip:UserB@example.com;maddr=ss1.example.com');
      assert.ok(message.body.toString('latin1').endsWith('m=audio 49217 RTP/AVP 0\r\n'), 'without a length, all of it');
    },
  },
};
