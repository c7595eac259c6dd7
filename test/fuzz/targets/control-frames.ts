import assert from 'node:assert/strict';
import { addAppHeaders, readAppMessage, withContactHost, withHost } from '../../../appliance/sip-server/app-message.js';
import { FrameReader, FrameWriter } from '../../../appliance/sip-server/control-codec.js';
import { formatMessage, Headers, parseMessage } from '../../../src/sip/index.js';
import type { FuzzTarget } from '../target.js';

function frame(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text)}#${text}`);
}

/** Frames of an application and the loose SIP in them: what is accepted can be sent, and is then well-formed. */
export const controlFrames: FuzzTarget = {
  name: 'control-frames',
  mostBytes: 74_000,
  corpusFiles: 100,
  words: [
    '12#',
    '|',
    'localhost',
    'sip:x@localhost:5060;transport=tcp',
    'content-length: 3',
    'content-type: application/sdp',
  ],
  seeds: () => [
    frame(
      'id|sip||\r\nINVITE sip:bob@192.0.2.1 SIP/2.0\r\nfrom: <sip:a@localhost>\r\ncontact: sip:localhost\r\n\r\nv=0\r\n',
    ),
    frame('id|sip|tx|dialog\r\nSIP/2.0 200 OK\r\nContact: <sip:x@localhost>;q=1\r\nX-Long: one\r\n two\r\n\r\n'),
    Buffer.concat([frame('id|authenticate|secret|tag1,tag2'), frame('id|route|invite'), frame('id|ping')]),
  ],
  work(input) {
    const frames = new FrameReader().push(input);
    if (!frames.ok) return;
    for (const text of frames.value) read(text);
  },
  check(input) {
    const whole = new FrameReader().push(input);
    const cut = Math.floor(input.length / 2);
    const reader = new FrameReader();
    const parts = [reader.push(Buffer.from(input.subarray(0, cut))), reader.push(Buffer.from(input.subarray(cut)))];
    if (!whole.ok) {
      assert.ok(parts.some((part) => !part.ok));
      return;
    }
    assert.deepEqual(
      parts.flatMap((part) => (part.ok ? part.value : [])),
      whole.value,
    );
    const writer = new FrameWriter();
    for (const text of whole.value) writer.frame(text);
    const again = new FrameReader().push(writer.take());
    assert.ok(again.ok);
    assert.deepEqual(again.value, whole.value);
  },
};

/** Reads one frame's SIP and puts it on a request of the server's, as the server does. */
function read(text: string): void {
  const from = text.indexOf('\r\n');
  const message = readAppMessage(from < 0 ? text : text.slice(from + 2));
  if (!message.ok) {
    assert.ok(message.error.length > 0);
    return;
  }
  const headers = new Headers([
    ['Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx'],
    ['From', '<sip:a@b>;tag=1'],
    ['To', '<sip:a@b>'],
    ['Call-ID', '1'],
    ['CSeq', '1 OPTIONS'],
  ]);
  for (const [name, value] of message.value.headers.entries()) {
    withHost(value, '192.0.2.1:5060');
    withContactHost(value, '192.0.2.1:5060', 'tcp');
    assert.ok(!value.includes('\n') && !value.includes('\r') && !name.includes('\n'), 'one header would write another');
  }
  const added = addAppHeaders(headers, message.value, '192.0.2.1:5060');
  if (!added.ok) return;
  const { body } = message.value;
  const sent = parseMessage(formatMessage({ kind: 'request', method: 'OPTIONS', uri: 'sip:a@b', headers, body }));
  if (!sent.ok) assert.equal(sent.error.status, 413, `the server would send what it refuses: ${sent.error.reason}`);
  else assert.ok(sent.value.body.equals(body), 'the body arrives');
}
