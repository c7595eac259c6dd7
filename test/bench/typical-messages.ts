/** An INVITE as a telephone sends it, with a description of two codecs. */
export const typicalInvite = Buffer.from(
  [
    'INVITE sip:1002@branch.example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bK-524287-1---8f2d9e4a6c1b3d70;rport',
    'Max-Forwards: 70',
    'Contact: <sip:1001@192.0.2.21:5060;transport=udp>',
    'To: <sip:1002@branch.example.com>',
    'From: "Reception Desk" <sip:1001@branch.example.com;transport=UDP>;tag=6a3d5c11',
    'Call-ID: 8WcB5yJpXrN2uHcZ0kQ1Tg..',
    'CSeq: 1 INVITE',
    'Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE',
    'Content-Type: application/sdp',
    'Supported: replaces, 100rel, timer',
    'User-Agent: Desk Telephone 5.5.10',
    'Allow-Events: presence, kpml, talk',
    'Content-Length: 239',
    '',
    'v=0',
    'o=- 1720000000 1720000000 IN IP4 192.0.2.21',
    's=call',
    'c=IN IP4 192.0.2.21',
    't=0 0',
    'm=audio 16384 RTP/AVP 9 8 0 101',
    'a=rtpmap:9 G722/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=sendrecv',
    '',
  ].join('\r\n'),
);

/** A REGISTER as a telephone repeats it, with its answer to the challenge. */
export const typicalRegister = Buffer.from(
  [
    'REGISTER sip:branch.example.com SIP/2.0',
    'Via: SIP/2.0/TCP [2001:db8::21]:5060;branch=z9hG4bK-524287-1---1c8b0f6e2a9d4c55;rport',
    'Max-Forwards: 70',
    'From: "Müller" <sip:1001@branch.example.com>;tag=1',
    'To: <sip:1001@branch.example.com>',
    'Call-ID: 1@x',
    'CSeq: 2 REGISTER',
    'Contact: <sip:1001@[2001:db8::21];transport=tcp>;expires=300;' +
      '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";reg-id=1, <sip:x@y>;q=0.1',
    'Authorization: Digest username="1001", realm="branch.example.com", nonce="n", uri="sip:branch.example.com", ' +
      'response="00", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c"',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
);

/** An answer in compact forms, with joined lines. */
export const typicalUnauthorized = Buffer.from(
  'SIP/2.0 401 Unauthorized\r\nv: SIP/2.0/UDP a:5060;branch=z9hG4bKa;rport=5060;received=192.0.2.1,SIP/2.0/UDP b\r\n' +
    'f: <sip:a@b>;tag=1\r\nt: <sip:a@b>;tag=2\r\ni: 1\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: Digest realm="r", ' +
    'nonce="n", algorithm=MD5, qop="auth,auth-int", stale=true\r\nRecord-Route: <sip:p;lr>,<sip:q;lr>\r\nl: 0\r\n\r\n',
);
