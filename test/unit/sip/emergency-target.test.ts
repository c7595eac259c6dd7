import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EmergencyTargets } from '../../../src/sip/index.js';

const targets = new EmergencyTargets(['911', '112', '9911', '+1911']);

it('calls for help are known by their Request-URI', () => {
  const calls = [
    ...['sip:911@branch.example', 'sips:112@10.0.0.1:5061;transport=tls', 'SIP:911@x', 'sip:911;phone-context=+1@x'],
    ...['tel:911', 'tel:+1-911', 'tel:112;phone-context=+49', 'sip:9-911@x', 'sip:911:secret@x'.replace(':secret', '')],
    ...['urn:service:sos', 'URN:service:SOS.police', 'urn:service:sos.fire'],
  ];
  for (const uri of calls) assert.equal(targets.matches(uri), true, uri);
  const others = [
    ...['sip:9110@x', 'sip:91@x', 'sip:911', 'sip:x@911', 'urn:service:sosnot', 'urn:service:test.sos', 'tel:9', ''],
    ...['urn:service:counseling', '911', `sip:${'9'.repeat(5000)}@x`],
  ];
  for (const uri of others) assert.equal(targets.matches(uri), false, uri);
});

it('and before anybody has parsed the message', () => {
  const begins = (text: string) => targets.begins(Buffer.from(text));
  assert.equal(begins('INVITE sip:911@branch SIP/2.0\r\nVia: x\r\n'), true);
  assert.equal(begins('INVITE urn:service:sos SIP/2.0\r\n'), true);
  assert.equal(begins('INVITE sip:912@branch SIP/2.0\r\n'), false);
  assert.equal(begins('REGISTER sip:911@branch SIP/2.0\r\n'), false);
  assert.equal(begins('INVITE sip:911@branch'), false);
  assert.equal(begins(`INVITE ${'x'.repeat(1000)} SIP/2.0\r\n`), false);
  assert.equal(begins(''), false);
});
