import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kernelFlows as flowsOf, type KernelPort, kernelPairs } from '../../../appliance/media-engine/kernel-flows.js';
import type { Format, RtpSettings } from '../../../src/media/index.js';
import { idleSettings } from '../../../src/media/index.js';

const pcmu: Format = { payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' };
const pcma: Format = { payloadType: 8, codec: 'PCMA', clockRate: 8000, channels: 1, parameters: '' };
const event: Format = { payloadType: 101, codec: 'telephone-event', clockRate: 8000, channels: 1, parameters: '0-15' };
const noise: Format = { payloadType: 13, codec: 'CN', clockRate: 8000, channels: 1, parameters: '' };
const [a, b] = ['00000000000000aa', '00000000000000bb'];

const kernelFlows = (one: KernelPort, other: KernelPort) => flowsOf(one, other, (host) => host === '10.0.2.1');

function port(id: string, peer: string, more: Partial<RtpSettings> = {}): KernelPort {
  const [net, own] = id === a ? [1, 20_000] : [2, 30_000];
  const rtp = { host: `10.0.${net}.1`, port: own };
  return {
    id,
    recorded: false,
    rtp: {
      place: { rtp, rtcp: { ...rtp, port: own + 1 }, ssrc: 1, cname: 'c' },
      settings: {
        ...idleSettings,
        receives: [pcmu, event],
        sends: [pcmu, event],
        direction: { sends: true, receives: true },
        hears: { kind: 'port', port: peer },
        ...more,
      },
      received: [],
      latched: { host: `10.0.${net}.9`, port: 4000 },
    },
  };
}

function changed(id: string, peer: string, change: Partial<KernelPort['rtp']>): KernelPort {
  const whole = port(id, peer);
  return { ...whole, rtp: { ...whole.rtp, ...change } };
}

describe('what the kernel may forward', () => {
  it('is a plain call of one codec, both ways', () => {
    assert.deepEqual(kernelFlows(port(a, b), port(b, a)), [
      {
        port: a,
        other: b,
        from: { host: '10.0.1.9', port: 4000 },
        at: { host: '10.0.1.1', port: 20_000 },
        by: { host: '10.0.2.1', port: 30_000 },
        to: { host: '10.0.2.9', port: 4000 },
        payloadTypes: [0],
        dscp: 46,
        fax: false,
      },
      {
        port: b,
        other: a,
        from: { host: '10.0.2.9', port: 4000 },
        at: { host: '10.0.2.1', port: 30_000 },
        by: { host: '10.0.1.1', port: 20_000 },
        to: { host: '10.0.1.9', port: 4000 },
        payloadTypes: [0],
        dscp: 46,
        fax: false,
      },
    ]);
  });

  it('leaves telephone-events to the native thread, and takes comfort noise along where both know it', () => {
    const [there] =
      kernelFlows(port(a, b, { receives: [pcmu, noise, event] }), port(b, a, { sends: [pcmu, noise, event] })) ?? [];
    assert.deepEqual(there?.payloadTypes, [0, 13]);
  });

  it('leaves voice that must be transcoded to the native thread, if a peer changes over to it', () => {
    const [there, back] = kernelFlows(port(a, b, { receives: [pcma, pcmu] }), port(b, a)) ?? [];
    assert.deepEqual([there?.payloadTypes, back?.payloadTypes], [[0], [0]]);
  });

  it('is nothing that needs more than forwarding', () => {
    const key = { suite: 'AES_CM_128_HMAC_SHA1_80', keyAndSalt: 'x' } as const;
    const nots: Readonly<Record<string, Partial<RtpSettings>>> = {
      encrypted: { security: { kind: 'sdes', send: key, receive: key } },
      held: { direction: { sends: true, receives: false } },
      'held by us': { direction: { sends: false, receives: true } },
      'hears nothing': { hears: { kind: 'nothing' } },
      'hears another': { hears: { kind: 'port', port: '00000000000000cc' } },
      'searched for digits': { detectDigits: true },
      louder: { gainInDb: 3 },
      softer: { gainOutDb: -3 },
      'of another kind': { opaque: true },
      'with RTCP on the same port': { rtcpMux: true },
      'of another packet time': { packetMs: 30 },
      'of another codec': { receives: [pcma], sends: [pcma] },
      'of another payload type': { receives: [{ ...pcmu, payloadType: 96 }], sends: [{ ...pcmu, payloadType: 96 }] },
      'without voice': { receives: [event] },
      'by ICE': { ice: { local: { ufrag: 'u', password: 'p' }, controlling: false } },
    };
    for (const [what, settings] of Object.entries(nots)) {
      assert.equal(kernelFlows(port(a, b, settings), port(b, a)), undefined, what);
      assert.equal(kernelFlows(port(b, a), port(a, b, settings)), undefined, `the other is ${what}`);
    }
    assert.equal(kernelFlows({ ...port(a, b), recorded: true }, port(b, a)), undefined, 'recorded');
    const { latched, ...deaf } = port(a, b).rtp;
    assert.ok(latched !== undefined);
    assert.equal(kernelFlows({ ...port(a, b), rtp: deaf }, port(b, a)), undefined, 'not latched');
    const sixth = changed(a, b, { latched: { host: 'fd00::9', port: 4000 } });
    assert.equal(kernelFlows(sixth, port(b, a)), undefined, 'IPv6');
    const twin = changed(a, b, { latched: { host: '10.0.2.1', port: 4000 } });
    assert.equal(kernelFlows(twin, port(b, a)), undefined, 'the other half of the call is here');
    const itself = port(a, a);
    assert.equal(kernelFlows(itself, itself), undefined, 'an echo');
  });

  it('comes in pairs that nobody else listens to', () => {
    const ports = (more: readonly KernelPort[]) =>
      new Map([port(a, b), port(b, a), ...more].map((one) => [one.id, one]));
    assert.deepEqual(
      kernelPairs(ports([])).map((pair) => pair.map(({ id }) => id)),
      [[a, b]],
    );
    assert.deepEqual(kernelPairs(ports([port('00000000000000cc', a)])), []);
    assert.deepEqual(kernelPairs(ports([port('00000000000000cc', b)])), []);
    assert.equal(kernelPairs(ports([port('00000000000000cc', '00000000000000dd')])).length, 1);
  });
});
