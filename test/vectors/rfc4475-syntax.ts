import assert from 'node:assert/strict';
import {
  equalUris,
  formatMessage,
  parseCSeq,
  parseMaxForwards,
  parseNameAddr,
  parseUri,
  parseVia,
  StreamFramer,
  tagOf,
  unescapeUri,
} from '../../src/sip/index.js';
import { bodyOf, header, headerEquals, type Row, request, response, value } from './rfc4475-rows.js';
import { readVector } from './rfc4475-vectors.js';

/** RFC 4475 §3.1: what is grammar and what is none. */
export const syntaxRows: Readonly<Record<string, Row>> = {
  wsinv: {
    clause: '3.1.1.1',
    verdict: 'accept',
    check(message) {
      request(message, 'INVITE', 'sip:vivekg@chair-dnrc.example.com;unknownparam');
      headerEquals(message, {
        To: 'sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n',
        From: '"J Rosenberg \\\\\\""       <sip:jdrosen@example.com> ; tag = 98asjd8',
        'Max-Forwards': '0068',
        'Call-ID': 'wsinv.ndaksdj@192.0.2.1',
        'Content-Length': '150',
        CSeq: '0009 INVITE',
        Subject: '',
        newfangledheader: 'newfangled value continued newfangled value',
        UnknownHeaderWithUnusualValue: ';;,,;;,;',
        Route: '<sip:services.example.com;lr;unknownwith=value;unknown-no-value>',
      });
      assert.deepEqual(value(parseCSeq(header(message.headers, 'CSeq'))), { number: 9, method: 'INVITE' });
      assert.equal(value(parseMaxForwards(header(message.headers, 'Max-Forwards'))), 68);
      assert.equal(tagOf(header(message.headers, 'To')), '1918181833n');
      const from = value(parseNameAddr(header(message.headers, 'From')));
      assert.equal(from.displayName, 'J Rosenberg \\"');
      assert.equal(from.parameters.get('tag'), '98asjd8');
      const vias = message.headers.all('Via').map((via) => value(parseVia(via)));
      assert.deepEqual(
        vias.map(({ protocol, transport, host, parameters }) => [protocol, transport, host, parameters.get('branch')]),
        [
          ['SIP/2.0', 'UDP', '192.0.2.2', '390skdjuw'],
          ['SIP/2.0', 'TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
          ['SIP/2.0', 'UDP', '192.168.255.111', 'z9hG4bK30239'],
        ],
      );
      const contact = value(parseNameAddr(header(message.headers, 'm')));
      assert.equal(contact.displayName, 'Quoted string ""');
      assert.deepEqual(
        [...contact.parameters],
        [
          ['newparam', 'newvalue'],
          ['secondparam', ''],
          ['q', '0.33'],
        ],
      );
      bodyOf(message, 150);
    },
  },
  intmeth: {
    clause: '3.1.1.2',
    verdict: 'accept',
    note: 'the unknown method is answered 501 or 405 by whoever serves it',
    check(message) {
      const method = "!interesting-Method0123456789_*+`.%indeed'~";
      const uri =
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com";
      request(message, method, uri);
      const parsed = value(parseUri(uri));
      assert.ok(parsed.kind === 'sip');
      assert.equal(parsed.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
      assert.equal(parsed.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
      assert.equal(parsed.host, 'example.com');
      const to = value(parseNameAddr(header(message.headers, 'To')));
      assert.equal(to.displayName, 'BEL:\u0007 NUL:\u0000 DEL:\u007f');
      const from = value(parseNameAddr(header(message.headers, 'From')));
      assert.equal(from.displayName, "token1~` token2'+_ token3*%!.-");
      assert.equal(from.uri, 'sip:mundane@example.com');
      assert.equal(from.parameters.get("fromparam''~+*_!.-%"), '"работающий"');
      assert.equal(from.parameters.get('tag'), "_token~1'+`*%!-.");
      headerEquals(message, {
        'Call-ID': 'intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{',
        'Max-Forwards': '255',
        "extensionHeader-!.%*+_`'~": '\ufeff大停電',
      });
      const via = value(parseVia(header(message.headers, 'Via')));
      assert.equal(via.parameters.get('branch'), "z9hG4bK-.!%66*_+`'~");
    },
  },
  esc01: {
    clause: '3.1.1.3',
    verdict: 'accept',
    check(message) {
      request(message, 'INVITE', 'sip:sips%3Auser%40example.com@example.net');
      const uri = value(parseUri('sip:sips%3Auser%40example.com@example.net'));
      assert.ok(uri.kind === 'sip' && uri.user !== undefined);
      assert.equal(uri.user, 'sips%3Auser%40example.com');
      assert.equal(unescapeUri(uri.user), 'sips:user@example.com');
      assert.equal(uri.host, 'example.net');
      assert.ok(equalUris(header(message.headers, 'To'), 'sip:user@example.com'));
      const from = value(parseNameAddr(header(message.headers, 'From')));
      const fromUri = value(parseUri(from.uri));
      assert.ok(fromUri.kind === 'sip' && fromUri.user !== undefined);
      assert.equal(unescapeUri(fromUri.user), 'I have spaces');
      const contact = value(parseNameAddr(header(message.headers, 'Contact')));
      assert.equal(contact.uri, 'sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31');
      assert.ok(equalUris(contact.uri, 'sip:caller@host5.example.net;lr;name=value%2541'));
      assert.ok(!equalUris(contact.uri, 'sip:caller@host5.example.net;lr;name=valueA'));
      headerEquals(message, { 'Content-Type': 'application/sdp', 'Call-ID': 'esc01.239409asdfakjkn23onasd0-3234' });
      bodyOf(message, 150);
    },
  },
  escnull: {
    clause: '3.1.1.4',
    verdict: 'accept',
    check(message) {
      request(message, 'REGISTER', 'sip:example.com');
      const contacts = message.headers.all('Contact').map((contact) => value(parseNameAddr(contact)).uri);
      assert.deepEqual(contacts, ['sip:%00@host5.example.com', 'sip:%00%00@host5.example.com']);
      assert.ok(!equalUris(contacts[0] ?? '', contacts[1] ?? ''), 'two bindings, not one');
    },
  },
  esc02: {
    clause: '3.1.1.5',
    verdict: 'accept',
    note: 'the method is no REGISTER and the third header no Contact: names are never unescaped',
    check(message) {
      request(message, 'RE%47IST%45R', 'sip:registrar.example.com');
      assert.equal(value(parseNameAddr(header(message.headers, 'To'))).displayName, '%Z%45');
      assert.deepEqual(message.headers.all('Contact'), [
        '<sip:alias1@host1.example.com>',
        '<sip:alias3@host3.example.com>',
      ]);
      headerEquals(message, { 'C%6Fntact': '<sip:alias2@host2.example.com>' });
      assert.equal(value(parseVia(header(message.headers, 'Via'))).parameters.get('branch'), 'z9hG4bK209%fzsnel234');
    },
  },
  lwsdisp: {
    clause: '3.1.1.6',
    verdict: 'accept',
    check(message) {
      request(message, 'OPTIONS', 'sip:user@example.com');
      const from = value(parseNameAddr(header(message.headers, 'From')));
      assert.equal(from.displayName, 'caller');
      assert.equal(from.uri, 'sip:caller@example.com');
      assert.equal(from.parameters.get('tag'), '323');
    },
  },
  longreq: {
    clause: '3.1.1.7',
    verdict: 'accept',
    check(message) {
      request(message, 'INVITE', 'sip:user@example.com');
      const to = value(parseNameAddr(header(message.headers, 'To')));
      assert.equal(to.displayName, `I have a user name of ${'extreme'.repeat(10)} proportion`);
      const toUri = value(parseUri(to.uri));
      assert.ok(toUri.kind === 'sip');
      assert.equal(toUri.port, 6000);
      assert.equal(toUri.parameters.get('unknownparam1'), `very${'long'.repeat(20)}value`);
      assert.equal(toUri.parameters.get(`longparam${'name'.repeat(25)}`), 'shortvalue');
      assert.equal(toUri.parameters.get(`very${'long'.repeat(25)}parameternamewithnovalue`), '');
      const from = header(message.headers, 'From');
      assert.equal(tagOf(from), `12${'982'.repeat(50)}424`);
      assert.equal(header(message.headers, 'Call-ID'), `longreq.one${'really'.repeat(20)}longcallid`);
      const vias = message.headers.all('Via');
      assert.equal(vias.length, 34);
      vias.slice(0, 33).forEach((via, index) => {
        assert.equal(value(parseVia(via)).host, `sip${33 - index}.example.com`);
      });
      const last = value(parseVia(vias[33] ?? ''));
      assert.equal(last.host, 'host.example.com');
      assert.equal(last.parameters.get('received'), '192.0.2.5');
      assert.equal(last.parameters.get('branch'), `very${'long'.repeat(50)}branchvalue`);
      bodyOf(message, 150);
    },
  },
  dblreq: {
    clause: '3.1.1.8',
    verdict: 'accept',
    note: 'the rest of the datagram is ignored; on a stream it is the next message',
    check(message) {
      request(message, 'REGISTER', 'sip:example.com');
      headerEquals(message, { 'Call-ID': 'dblreq.0ha0isndaksdj99sdfafnl3lk233412', 'Content-Length': '0' });
      bodyOf(message, 0);
      const framed = new StreamFramer().push(readVector('dblreq'));
      const [first, second, rest] = framed;
      assert.equal(framed.length, 3);
      assert.ok(first !== undefined && first !== 'ping' && first.kind === 'request');
      assert.equal(first.method, 'REGISTER');
      assert.ok(second !== undefined && second !== 'ping' && second.kind === 'request');
      assert.equal(second.method, 'INVITE');
      assert.equal(second.body.length, 150);
      assert.ok(
        rest !== undefined && rest !== 'ping' && rest.kind === 'fault',
        "the INVITE's body is longer than it says",
      );
    },
  },
  semiuri: {
    clause: '3.1.1.9',
    verdict: 'accept',
    check(message) {
      request(message, 'OPTIONS', 'sip:user;par=u%40example.net@example.com');
      const uri = value(parseUri('sip:user;par=u%40example.net@example.com'));
      assert.ok(uri.kind === 'sip');
      assert.equal(uri.user, 'user;par=u%40example.net');
      assert.equal(uri.parameters.size, 0);
      assert.deepEqual(message.headers.list('Accept'), [
        'application/sdp',
        'application/pkcs7-mime',
        'multipart/mixed',
        'multipart/signed',
        'message/sip',
        'message/sipfrag',
      ]);
    },
  },
  transports: {
    clause: '3.1.1.10',
    verdict: 'accept',
    check(message) {
      request(message, 'OPTIONS', 'sip:user@example.com');
      assert.deepEqual(
        message.headers.all('Via').map((via) => value(parseVia(via)).transport),
        ['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP'],
      );
    },
  },
  mpart01: {
    clause: '3.1.1.11',
    verdict: 'accept',
    check(message) {
      request(message, 'MESSAGE', 'sip:kumiko@example.org');
      headerEquals(message, {
        'Content-Type': 'multipart/mixed;boundary=7a9cbec02ceef655',
        Route: '<sip:127.0.0.1:5080>',
        'Call-ID': '3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..',
      });
      assert.equal(message.body.length, 553);
      const bytes = readVector('mpart01');
      const from = bytes.indexOf('\r\n\r\n') + 4;
      assert.ok(message.body.equals(bytes.subarray(from, from + 553)), 'the body is binary and comes byte by byte');
      assert.ok(value(parseVia(header(message.headers, 'Via'))).parameters.has('rport'));
    },
  },
  unreason: {
    clause: '3.1.1.12',
    verdict: 'accept',
    check(message) {
      response(message, 200, '= 2**3 * 5**2 но сто девяносто девять - простое');
      bodyOf(message, 154);
    },
  },
  noreason: {
    clause: '3.1.1.13',
    verdict: 'accept',
    check(message) {
      response(message, 100, '');
      headerEquals(message, { Contact: '<sip:user@host105.example.com>' });
    },
  },
  badinv01: { clause: '3.1.2.1', verdict: 'answer', status: 400, reason: 'Malformed Via' },
  clerr: { clause: '3.1.2.2', verdict: 'answer', status: 400, reason: 'Content-Length Larger Than Message' },
  ncl: { clause: '3.1.2.3', verdict: 'answer', status: 400, reason: 'Malformed Content-Length' },
  scalar02: { clause: '3.1.2.4', verdict: 'answer', status: 400, reason: 'CSeq Number Too Large' },
  scalarlg: { clause: '3.1.2.5', verdict: 'drop', status: 400, reason: 'CSeq Number Too Large' },
  quotbal: { clause: '3.1.2.6', verdict: 'answer', status: 400, reason: 'Malformed To' },
  ltgtruri: { clause: '3.1.2.7', verdict: 'answer', status: 400, reason: 'Malformed Request-URI' },
  lwsruri: { clause: '3.1.2.8', verdict: 'answer', status: 400, reason: 'Malformed Request-URI' },
  lwsstart: {
    clause: '3.1.2.9',
    verdict: 'accept',
    note: 'the RFC allows 400 or forgiveness; forgiven, and never written again',
    check(message) {
      request(message, 'INVITE', 'sip:user@example.com');
      bodyOf(message, 150);
      assert.ok(formatMessage(message).toString('latin1').startsWith('INVITE sip:user@example.com SIP/2.0\r\n'));
    },
  },
  trws: {
    clause: '3.1.2.10',
    verdict: 'accept',
    note: 'the RFC allows 400 or forgiveness; forgiven, and never written again',
    check(message) {
      request(message, 'OPTIONS', 'sip:remote-target@example.com');
      assert.ok(
        formatMessage(message).toString('latin1').startsWith('OPTIONS sip:remote-target@example.com SIP/2.0\r\n'),
      );
    },
  },
  escruri: { clause: '3.1.2.11', verdict: 'answer', status: 400, reason: 'Headers in the Request-URI' },
  baddate: {
    clause: '3.1.2.12',
    verdict: 'accept',
    note: 'Date is not interpreted, so its time zone harms nobody; the RFC allows it to be ignored',
    check(message) {
      request(message, 'INVITE', 'sip:user@example.com');
      headerEquals(message, { Date: 'Fri, 01 Jan 2010 16:00:00 EST' });
      bodyOf(message, 150);
    },
  },
  regbadct: { clause: '3.1.2.13', verdict: 'answer', status: 400, reason: 'Malformed Contact' },
  badaspec: { clause: '3.1.2.14', verdict: 'answer', status: 400, reason: 'Malformed To' },
  baddn: {
    clause: '3.1.2.15',
    verdict: 'answer',
    status: 400,
    reason: 'Malformed From',
    note: 'the file also lacks the empty line behind its headers, which alone would be forgiven in a datagram',
  },
  badvers: { clause: '3.1.2.16', verdict: 'answer', status: 505, reason: 'Version Not Supported' },
  mismatch01: { clause: '3.1.2.17', verdict: 'answer', status: 400, reason: 'CSeq Method Does Not Match' },
  mismatch02: { clause: '3.1.2.18', verdict: 'answer', status: 501, reason: 'Not Implemented' },
  bigcode: { clause: '3.1.2.19', verdict: 'drop', status: 400, reason: 'Malformed Status Code' },
};
