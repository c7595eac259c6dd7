import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerStun } from '../../../src/sip/index.js';

/** The transaction of RFC 5769 §2: its published answers hold the XOR-MAPPED-ADDRESS of 192.0.2.1 and of an IPv6 address. */
const transaction = '2112a442b7e7a701bc34d686fa87dfae';

function request(attributes = ''): Buffer {
  const length = (attributes.length / 2).toString(16).padStart(4, '0');
  return Buffer.from(`0001${length}${transaction}${attributes}`, 'hex');
}

describe('STUN as keep-alive', () => {
  it('tells the address as the vectors of RFC 5769 §2.2 and §2.3 have it', () => {
    const v4 = answerStun(request(), '192.0.2.1', 32853);
    assert.equal(v4?.toString('hex'), `0101000c${transaction}002000080001a147e112a643`);
    const v6 = answerStun(request(), '2001:db8:1234:5678:11:2233:4455:6677', 32853);
    assert.equal(v6?.toString('hex'), `01010018${transaction}002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9`);
    const short = answerStun(request(), '2001:db8::1', 32853);
    assert.equal(short?.subarray(28, 44).toString('hex'), xor('20010db8000000000000000000000001'));
  });

  it('ignores what may be ignored, and refuses what must be understood', () => {
    const software = '80220004746573740000';
    assert.equal(answerStun(request(`${software.slice(0, 16)}`), '192.0.2.1', 1)?.readUInt16BE(0), 0x0101);
    const refused = answerStun(request('7f010003616263ff7f020000'), '192.0.2.1', 1);
    assert.equal(refused?.readUInt16BE(0), 0x0111);
    assert.equal(refused?.subarray(24, 28).toString('hex'), '00000414');
    assert.equal(refused?.subarray(-8).toString('hex'), '000a00047f017f02');
  });

  it('takes nothing else for a request', () => {
    const good = request();
    for (const bytes of [
      Buffer.alloc(0),
      good.subarray(0, 19),
      Buffer.concat([good, Buffer.from('x')]),
      Buffer.from(`0101${good.toString('hex').slice(4)}`, 'hex'),
      Buffer.from(good.toString('hex').replace('2112a442', '2112a443'), 'hex'),
      request('7f01ff00'),
      request('7f01'),
      Buffer.from('OPTIONS sip:a@b SIP/2.0\r\n\r\n'),
    ]) {
      assert.equal(answerStun(bytes, '192.0.2.1', 1), undefined, bytes.toString('hex'));
    }
  });
});

function xor(address: string): string {
  const bytes = Buffer.from(address, 'hex');
  const mask = Buffer.from(transaction, 'hex');
  return Buffer.from(bytes.map((byte, i) => byte ^ (mask[i] ?? 0))).toString('hex');
}
