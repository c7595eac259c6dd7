import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IceOutput } from '../../../appliance/media-engine/ice/ice-agent.js';
import { LiteAgent } from '../../../appliance/media-engine/ice/lite-agent.js';
import {
  decodeStun,
  encodeStun,
  type StunAttributes,
  stunMethod,
} from '../../../appliance/media-engine/ice/stun-message.js';
import type { IceSettings, TransportAddress } from '../../../src/media/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';

const local = { ufrag: 'ours', password: 'our-password-of-22-char' };
const remote = { ufrag: 'peer', password: 'peer-password', lite: false, candidates: [], trickle: false };
const [near, far]: readonly TransportAddress[] = [
  { host: '192.0.2.2', port: 20_000 },
  { host: '2001:db8::2', port: 20_002 },
];
const [high, low] = [2_000_000_000, 1_000_000_000];

/** A peer that checks by hand, and what the agent makes of it. */
class Scene {
  readonly agent: LiteAgent;
  now = 0;
  settings: IceSettings = { local, remote, controlling: false };
  readonly paths: (TransportAddress | null)[] = [];
  readonly states: string[] = [];
  #serial = 0;

  constructor(settings: Partial<IceSettings> = {}, answered = true) {
    this.settings = answered ? { ...this.settings, ...settings } : { local, controlling: false };
    const place = {
      rtp: { host: '192.0.2.1', port: 10_000 },
      rtcp: { host: '192.0.2.1', port: 10_001 },
      ice: { mode: 'lite', stun: [], turn: [] },
      ssrc: 1,
      cname: 'c',
    } as const;
    this.agent = new LiteAgent({ place, settings: this.settings, rtcpMux: true, random: new SeededRandom(1) }, 0);
    this.#note(this.agent.take());
  }

  /** The code of the answer, 200 for success; undefined where there was none. */
  check(from: TransportAddress | undefined, change: StunAttributes = {}, key = local.password): number | undefined {
    const transaction = Buffer.alloc(12, ++this.#serial);
    const attributes = { username: 'ours:peer', priority: high, iceControlling: 1n, ...change };
    const message = { class: 'request', method: stunMethod.binding, transaction, attributes } as const;
    const proof = key === '' ? undefined : ({ key: Buffer.from(key), hash: 'sha1' } as const);
    return this.say(from, encodeStun(message, proof));
  }

  say(from: TransportAddress | undefined, bytes: Buffer): number | undefined {
    assert.ok(from !== undefined);
    this.agent.receive(1, bytes, from, undefined, this.now);
    let code: number | undefined;
    for (const output of this.#note(this.agent.take())) {
      if (output.kind !== 'send') continue;
      const answer = decodeStun(output.bytes);
      assert.ok(answer !== undefined);
      assert.deepEqual(output.to, from);
      if (answer.class === 'success') assert.deepEqual(answer.attributes.xorMappedAddress, from);
      code = answer.class === 'success' ? 200 : answer.attributes.errorCode?.code;
    }
    return code;
  }

  configure(change: Partial<IceSettings>): void {
    this.settings = { ...this.settings, ...change };
    this.agent.configure(this.settings, true, this.now);
    this.#note(this.agent.take());
  }

  wait(ms: number): void {
    const until = this.now + ms;
    for (let at = this.agent.timeout; at !== undefined && at <= until; at = this.agent.timeout) {
      this.now = at;
      this.agent.advance(at);
      this.#note(this.agent.take());
    }
    this.now = until;
  }

  #note(outputs: readonly IceOutput[]): readonly IceOutput[] {
    for (const output of outputs) {
      if (output.kind === 'path') this.paths.push(output.remote);
      if (output.kind === 'ice') this.states.push(output.state);
    }
    return outputs;
  }
}

describe('a lite agent', () => {
  it('takes the pair that is nominated, over IPv4 and IPv6', () => {
    for (const from of [near, far]) {
      const scene = new Scene();
      assert.equal(scene.check(from), 200);
      assert.deepEqual(scene.paths, []);
      assert.equal(scene.check(from, { useCandidate: true }), 200);
      assert.deepEqual(scene.paths, [from]);
      assert.deepEqual(scene.states, ['checking', 'connected']);
    }
  });

  it('answers what is wrong by its code, and believes none of it', () => {
    const scene = new Scene();
    const nominates = { useCandidate: true } as const;
    assert.equal(scene.check(near, nominates, ''), 400);
    assert.equal(scene.check(near, nominates, 'another password'), 401);
    assert.equal(scene.check(near, { ...nominates, username: 'ours:other' }), 401);
    assert.equal(scene.check(near, { ...nominates, username: 'other:peer' }), 401);
    const attributes = { username: 'ours:peer', priority: 1, iceControlled: 1n, useCandidate: true } as const;
    const message = {
      class: 'request',
      method: stunMethod.binding,
      transaction: Buffer.alloc(12),
      attributes,
    } as const;
    const proof = { key: Buffer.from(local.password), hash: 'sha1' } as const;
    assert.equal(scene.say(near, encodeStun(message, proof)), 487, 'a peer of a lite agent controls');
    assert.equal(scene.say(near, encodeStun({ ...message, class: 'indication' })), undefined);
    assert.equal(scene.say(near, encodeStun({ ...message, class: 'success' }, proof)), undefined);
    assert.deepEqual(scene.paths, []);
  });

  it('takes the best of those that a peer nominates with every check', () => {
    const scene = new Scene();
    scene.check(far, { useCandidate: true, priority: low });
    scene.check(near, { useCandidate: true, priority: high });
    scene.check(far, { useCandidate: true, priority: low });
    assert.deepEqual(scene.paths, [far, near]);
  });

  it('follows a peer that nominates another pair later', () => {
    const scene = new Scene();
    scene.check(near, { useCandidate: true, priority: high });
    scene.wait(10_000);
    scene.check(far, { useCandidate: true, priority: low });
    assert.deepEqual(scene.paths, [near, far]);
  });

  it('waits for the answer to its offer before it believes a nomination', () => {
    const scene = new Scene({}, false);
    assert.equal(scene.check(near, { useCandidate: true }), 200);
    assert.equal(scene.check(far, { useCandidate: true, username: 'ours:stranger', priority: high + 1 }), 200);
    assert.deepEqual(scene.paths, []);
    scene.configure({ remote });
    assert.deepEqual(scene.paths, [near]);
  });

  it('goes on with the pair that a peer only checks: it was nominated before this engine began', () => {
    const scene = new Scene();
    for (let i = 0; i < 4; i++) {
      scene.check(near);
      scene.wait(1_000);
    }
    assert.deepEqual(scene.paths, [near]);
  });

  it('ends media 30 s after the last check of a peer that renewed its consent, and resumes with the next', () => {
    const scene = new Scene();
    scene.check(near, { useCandidate: true });
    for (let i = 0; i < 5; i++) {
      scene.wait(5_000);
      scene.check(near);
    }
    scene.wait(29_000);
    assert.deepEqual(scene.paths, [near]);
    scene.wait(2_000);
    assert.deepEqual(scene.paths, [near, null]);
    scene.check(near);
    assert.deepEqual(scene.paths, [near, null, near]);
    assert.deepEqual(scene.states, ['checking', 'connected', 'disconnected', 'connected']);
  });

  it('leaves media to a peer that never renews', () => {
    const scene = new Scene();
    scene.check(near, { useCandidate: true });
    scene.wait(600_000);
    assert.deepEqual(scene.paths, [near]);
  });

  it('fails when nobody comes within 39.5 s, and connects to whoever comes later', () => {
    const scene = new Scene();
    scene.wait(40_000);
    assert.deepEqual(scene.states, ['checking', 'failed']);
    scene.check(near, { useCandidate: true });
    assert.deepEqual(scene.states, ['checking', 'failed', 'connected']);
  });

  it('answers checks of before a restart until the new pair is there', () => {
    const scene = new Scene();
    scene.check(near, { useCandidate: true });
    scene.configure({ local: { ufrag: 'next', password: 'next-password' }, remote: { ...remote, ufrag: 'more' } });
    assert.equal(scene.check(near), 200);
    assert.equal(scene.check(far, { username: 'next:more', useCandidate: true }, 'next-password'), 200);
    assert.deepEqual(scene.paths, [near, far]);
    assert.equal(scene.check(near), 401);
  });

  it('pairs with another lite agent by the candidates alone', () => {
    const candidate = {
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: low,
      address: near,
      type: 'host',
    } as const;
    assert.ok(near !== undefined && candidate.address !== undefined);
    const scene = new Scene({ remote: { ...remote, lite: true, candidates: [{ ...candidate, address: near }] } });
    assert.deepEqual(scene.paths, [near]);
    assert.deepEqual(scene.states, ['checking', 'connected']);
  });

  it('holds no more than fifty places that a peer checks from', () => {
    const scene = new Scene();
    for (let i = 0; i < 200; i++) scene.check({ host: '192.0.2.3', port: 1_000 + i });
    scene.check({ host: '192.0.2.3', port: 9_000 }, { useCandidate: true });
    assert.deepEqual(scene.paths, []);
    scene.check({ host: '192.0.2.3', port: 1_000 }, { useCandidate: true });
    assert.equal(scene.paths.length, 1);
  });
});
