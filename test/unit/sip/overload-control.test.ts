import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type LoadSample,
  OverloadControl,
  PeerOverload,
  parseOverloadWish,
  type RequestClass,
  speaksOverloadControl,
  withOverloadControl,
} from '../../../src/sip/index.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

const idle: LoadSample = { lagMs: 0, utilization: 0.2, queued: 0, transactions: 0 };
const classes: readonly RequestClass[] = ['emergency', 'in-dialog', 'register', 'new-call'];

function control() {
  const clock = new VirtualClock();
  const overload = new OverloadControl(clock, new SeededRandom(1));
  const look = (sample: Partial<LoadSample>, forMs: number) => {
    for (let ms = 0; ms < forMs; ms += 100) {
      clock.advance(100);
      overload.look({ ...idle, ...sample });
    }
  };
  return { clock, overload, look };
}

describe('OverloadControl', () => {
  it('sheds nothing below the targets, however long', () => {
    const { overload, look } = control();
    look({ lagMs: 499, utilization: 0.96, queued: 999, transactions: 0.79 }, 600_000);
    assert.equal(overload.level, 0);
    for (const of of classes) assert.equal(overload.sheds(of), false);
  });

  it('rises with each measure alone, and slowly where it is barely exceeded', () => {
    for (const sample of [{ lagMs: 1000 }, { queued: 2000 }, { transactions: 1.6 }]) {
      const { overload, look } = control();
      look(sample, 500);
      assert.ok(overload.level > 0.4 && overload.level < 0.6, JSON.stringify(sample));
    }
    const { overload, look } = control();
    look({ utilization: 1 }, 2000);
    assert.ok(overload.level > 0 && overload.level < 0.1);
  });

  it('sheds new calls first, then REGISTER, dialogs last, and emergency calls never', () => {
    const { overload, look } = control();
    let before = classes.map(() => 0);
    for (let step = 0; step < 40; step++) {
      look({ queued: 3000 }, 100);
      const shares = classes.map((of) => overload.share(of));
      const [emergency = 1, inDialog = 1, register = 1, newCall = 0] = shares;
      assert.equal(emergency, 0);
      assert.ok(inDialog <= register && register <= newCall, `${shares}`);
      assert.ok(shares.every((share, i) => share >= (before[i] ?? 0)));
      if (inDialog > 0) assert.deepEqual([register, newCall], [1, 1]);
      before = shares;
    }
    assert.deepEqual(before, [0, 1, 1, 1]);
  });

  it('stays between relief and target, and recedes below: no flapping at the edge', () => {
    const { overload, look } = control();
    look({ queued: 2000 }, 800);
    const level = overload.level;
    look({ queued: 900 }, 60_000);
    assert.equal(overload.level, level);
    look({ queued: 700 }, 1000);
    assert.ok(overload.level < level && overload.level > 0);
    look({ queued: 0 }, 10_000);
    assert.equal(overload.level, 0);
  });

  it('sheds about the share that it says', () => {
    const { overload, look } = control();
    look({ queued: 2000 }, 500);
    const shed = Array.from({ length: 10_000 }, () => overload.sheds('new-call')).filter(Boolean).length;
    assert.ok(Math.abs(shed / 10_000 - overload.share('new-call')) < 0.03);
  });

  it('spreads those whom it sends away', () => {
    const { overload, look } = control();
    const range = () => {
      const seconds = Array.from({ length: 2000 }, () => overload.retryAfterS());
      return [Math.min(...seconds), Math.max(...seconds)];
    };
    assert.deepEqual(range(), [3, 14]);
    look({ queued: 9000 }, 3000);
    assert.deepEqual(range(), [3, 59]);
  });
});

describe('RFC 7339, as server', () => {
  it('knows who speaks it', () => {
    const via = (rest: string) => speaksOverloadControl(`SIP/2.0/UDP p1.example.net;branch=z9hG4bK2d4790.1${rest}`);
    assert.equal(via(';oc;oc-algo="loss,A"'), true);
    assert.equal(via(';oc'), true);
    assert.equal(via(';oc=20'), true);
    assert.equal(via(';oc-algo="loss"'), false);
    assert.equal(via(';ocean=1'), false);
    assert.equal(via(''), false);
  });

  it('says what share to keep back in place of what the client said', () => {
    const { overload, look } = control();
    const via = 'SIP/2.0/TLS p1.example.net;branch=z9hG4bK2d4790.1;oc;oc-algo="loss,A";received=192.0.2.111';
    const said = () => parseOverloadWish(withOverloadControl(via, overload.viaParameters()));
    assert.deepEqual([said()?.percent, said()?.validityMs], [0, 0]);
    assert.ok(withOverloadControl(via, '').endsWith(';branch=z9hG4bK2d4790.1;received=192.0.2.111'));
    look({ queued: 1500 }, 1000);
    assert.deepEqual([said()?.percent, said()?.validityMs], [50, 500]);
    look({ queued: 1500 }, 5000);
    assert.equal(said()?.percent, 100);
  });
});

describe('RFC 7339, as client', () => {
  const peer = '192.0.2.5:5060';
  const via = 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1';

  it('reads the wish of the RFC’s own example', () => {
    const wish = parseOverloadWish(
      `${via};received=192.0.2.111;oc=20;oc-algo="loss";oc-validity=500;oc-seq=1282321615.782`,
    );
    assert.deepEqual(wish, { percent: 20, validityMs: 500, sequence: 1282321615.782 });
    assert.equal(parseOverloadWish(`${via};oc=20`)?.validityMs, 500);
    const unusable = ['', ';oc', ';oc=101', ';oc=x', ';oc=-1', ';oc=20;oc-algo="rate"', ';oc=20;oc-validity=x'];
    for (const rest of [...unusable, ';oc=20;oc-seq=1e5']) assert.equal(parseOverloadWish(via + rest), undefined, rest);
  });

  it('keeps back that share, for that long', () => {
    const clock = new VirtualClock();
    const peers = new PeerOverload(clock, new SeededRandom(2));
    assert.equal(peers.keepsBack(peer), false);
    peers.note(peer, { percent: 30, validityMs: 500, sequence: 2 });
    const kept = Array.from({ length: 10_000 }, () => peers.keepsBack(peer)).filter(Boolean).length;
    assert.ok(Math.abs(kept - 3000) < 200, `${kept}`);
    assert.equal(peers.keepsBack('192.0.2.6:5060'), false);
    clock.advance(500);
    assert.equal(peers.keepsBack(peer), false);
    assert.equal(peers.size, 0);
  });

  it('does not take an old wish for a new one, and ends with validity 0', () => {
    const clock = new VirtualClock();
    const peers = new PeerOverload(clock, new SeededRandom(2));
    peers.note(peer, { percent: 100, validityMs: 500, sequence: 5 });
    peers.note(peer, { percent: 1, validityMs: 500, sequence: 4 });
    assert.equal(peers.keepsBack(peer), true);
    peers.note(peer, { percent: 0, validityMs: 0, sequence: 6 });
    assert.equal(peers.keepsBack(peer), false);
  });

  it('remembers a bounded number of peers', () => {
    const peers = new PeerOverload(new VirtualClock(), new SeededRandom(2));
    for (let i = 0; i < 5000; i++) peers.note(`peer ${i}`, { percent: 100, validityMs: 10_000, sequence: 1 });
    assert.equal(peers.size, 1000);
    assert.equal(peers.keepsBack('peer 4999'), true);
  });
});
