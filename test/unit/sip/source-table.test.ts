import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BanReason, type Source, SourceTable, sourceLimits, sourceName } from '../../../src/sip/index.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

interface Ban {
  readonly source: string;
  readonly seconds: number;
  readonly why: BanReason;
}

function table(capacity = 1000) {
  const clock = new VirtualClock();
  const bans: Ban[] = [];
  const sources = new SourceTable({
    clock,
    capacity,
    standing: (address) => ({ trusted: address.startsWith('10.0.'), mayCallForHelp: address.startsWith('192.168.') }),
    banned: (source, forMs, why) => bans.push({ source: source.name, seconds: forMs / 1000, why }),
  });
  return { clock, sources, bans };
}

/** Malformed messages until the source is banned; how many it took. */
function untilBanned(source: Source): number {
  for (let count = 1; count < 100_000; count++) {
    source.fault('malformed');
    if (source.banned) return count;
  }
  return Number.POSITIVE_INFINITY;
}

describe('the name of a source', () => {
  it('is an IPv4 address, or the /64 of an IPv6 one however it is written', () => {
    assert.equal(sourceName('203.0.113.7'), '203.0.113.7');
    assert.equal(sourceName('::ffff:203.0.113.7'), '203.0.113.7');
    const same = ['2001:db8::1', '2001:DB8:0:0:1:2:3:4', '2001:0db8::ffff', '2001:db8::1:0:0:1'];
    for (const address of same) assert.equal(sourceName(address), '2001:db8:0:0::/64', address);
    assert.equal(sourceName('2001:db8:0:1::'), '2001:db8:0:1::/64');
    assert.equal(sourceName('fe80::1%eth0'), 'fe80:0:0:0::/64');
    assert.equal(sourceName('::1'), '0:0:0:0::/64');
    assert.equal(sourceName('64:ff9b::192.0.2.1'), '64:ff9b:0:0::/64');
  });
});

describe('rates of a source', () => {
  it('let a burst pass, then drop what is too much, then ban', () => {
    const { sources, bans } = table();
    const source = sources.of('203.0.113.7');
    const passed = Array.from({ length: 20_000 }, () => source.message()).filter(Boolean).length;
    assert.equal(passed, sourceLimits.messageBurst);
    assert.equal(source.banned, true);
    assert.deepEqual(bans, [{ source: '203.0.113.7', seconds: 60, why: 'rate' }]);
  });

  it('fill again at the rate', () => {
    const { clock, sources } = table();
    const source = sources.of('203.0.113.7');
    for (let i = 0; i < sourceLimits.messageBurst; i++) source.message();
    assert.equal(source.message(), false);
    clock.advance(1000);
    const passed = Array.from({ length: 1000 }, () => source.message()).filter(Boolean).length;
    assert.equal(passed, sourceLimits.messagesPerSecond - 1);
  });

  it('do not hold for who is trusted', () => {
    const { sources, bans } = table();
    const trunk = sources.of('10.0.0.9');
    for (let i = 0; i < 50_000; i++) assert.equal(trunk.message() && trunk.fault('malformed'), true);
    assert.equal(trunk.banned, false);
    assert.deepEqual(bans, []);
  });

  it('let 2,000 telephones behind one address register after a power failure, and go on', () => {
    const { clock, sources, bans } = table();
    const source = sources.of('203.0.113.7');
    // Each is challenged, then right; with a repetition of half of them, within four seconds.
    for (let phone = 0; phone < 2000; phone++) {
      assert.equal(source.message(), true);
      source.challenge();
      if (phone % 2 === 0) source.message();
    }
    for (let phone = 0; phone < 2000; phone++) {
      assert.equal(source.message(), true, `phone ${phone}`);
      source.success();
      clock.advance(2);
    }
    for (let hour = 0; hour < 4; hour++) {
      for (let phone = 0; phone < 24_000; phone++) {
        clock.advance(150);
        assert.equal(source.message() && source.message(), true);
        source.challenge();
        source.success();
      }
    }
    assert.deepEqual(bans, []);
  });
});

describe('bans', () => {
  it('double each time up to an hour, and shorten again with quiet hours', () => {
    const { clock, sources, bans } = table();
    const source = sources.of('203.0.113.7');
    for (let i = 0; i < 9; i++) {
      untilBanned(source);
      clock.advance((bans.at(-1)?.seconds ?? 0) * 1000);
      assert.equal(source.banned, false);
    }
    assert.deepEqual(
      bans.map((ban) => ban.seconds),
      [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600],
    );
    clock.advance(3 * sourceLimits.banDecayMs);
    untilBanned(source);
    assert.equal(bans.at(-1)?.seconds, 480);
  });

  it('come of malformed messages beyond a burst, not of one now and then', () => {
    const { clock, sources, bans } = table();
    const clumsy = sources.of('203.0.113.8');
    for (let i = 0; i < 5000; i++) {
      clumsy.fault('malformed');
      clock.advance(1000);
    }
    assert.deepEqual(bans, []);
    assert.equal(untilBanned(sources.of('203.0.113.9')), sourceLimits.faultBurst + 1);
  });

  it('come of guessing passwords; an old password that is tried every minute gets none', () => {
    const { clock, sources, bans } = table();
    const guesser = sources.of('203.0.113.8');
    let guesses = 0;
    for (; !guesser.banned; guesses++) guesser.failure();
    assert.equal(guesses, sourceLimits.failureBurst + 1);
    assert.equal(bans.at(-1)?.why, 'authentication');
    const office = sources.of('203.0.113.9');
    for (let minute = 0; minute < 600; minute++) {
      for (let phone = 0; phone < 10; phone++) office.failure();
      clock.advance(60_000);
    }
    assert.equal(bans.length, 1);
  });

  it('come of asking for challenges that are never answered', () => {
    const { sources, bans } = table();
    const scanner = sources.of('203.0.113.8');
    let asked = 0;
    for (; !scanner.banned; asked++) scanner.challenge();
    assert.equal(asked, sourceLimits.challengeBurst + 1);
    assert.equal(bans.at(-1)?.why, 'scanning');
  });

  it('never hit who showed right credentials within the hour: the excess is dropped', () => {
    const { clock, sources, bans } = table();
    const source = sources.of('203.0.113.8');
    source.success();
    for (let i = 0; i < 1000; i++) source.fault('malformed');
    assert.equal(source.fault('malformed'), false);
    assert.equal(source.banned, false);
    clock.advance(sourceLimits.provenMs);
    untilBanned(source);
    assert.equal(bans.length, 1);
  });

  it('hold for the whole /64', () => {
    const { sources } = table();
    untilBanned(sources.of('2001:db8::1'));
    assert.equal(sources.of('2001:db8::2').banned, true);
    assert.equal(sources.of('2001:db8:0:1::2').banned, false);
    assert.equal(sources.banned.length, 1);
  });
});

describe('a call for help', () => {
  it('lifts the ban of a telephone, and none follows while it may be called back', () => {
    const { clock, sources } = table();
    const phone = sources.of('192.168.1.20');
    untilBanned(phone);
    assert.equal(phone.callsForHelp(), true);
    assert.equal(phone.banned, false);
    for (let i = 0; i < 50_000; i++) assert.equal(phone.message(), true);
    assert.equal(untilBanned(phone), Number.POSITIVE_INFINITY);
    clock.advance(sourceLimits.emergencyGraceMs);
    untilBanned(phone);
    assert.equal(phone.banned, true);
  });

  it('does nothing for those who stand elsewhere, and ends when it is a flood', () => {
    const { sources } = table();
    const stranger = sources.of('203.0.113.8');
    untilBanned(stranger);
    assert.equal(stranger.callsForHelp(), false);
    assert.equal(stranger.banned, true);
    const phone = sources.of('192.168.1.20');
    const passed = Array.from({ length: 1000 }, () => phone.callsForHelp()).filter(Boolean).length;
    assert.equal(passed, sourceLimits.emergencyBurst);
  });
});

describe('the table', () => {
  it('stays within its capacity, and passes over who is banned, proven or waiting', () => {
    const { sources } = table(100);
    untilBanned(sources.of('203.0.113.1'));
    sources.of('203.0.113.2').success();
    sources.of('203.0.113.3').pending++;
    for (let i = 0; i < 50_000; i++) sources.of(`198.18.${i >> 8}.${i & 255}`);
    assert.ok(sources.size <= 100);
    assert.equal(sources.peek('203.0.113.1')?.banned, true);
    assert.equal(sources.peek('203.0.113.2')?.proven, true);
    assert.equal(sources.peek('203.0.113.3')?.pending, 1);
    assert.equal(sources.peek('198.18.0.0'), undefined);
  });

  it('stays within its capacity however many addresses one /64 has', () => {
    const { sources } = table(100);
    for (let i = 0; i < 10_000; i++) sources.of(`2001:db8::${i.toString(16)}`);
    assert.ok(sources.size <= 100);
    assert.equal(sources.of('2001:db8::1'), sources.of('2001:db8::2'));
  });

  it('gives the same source again without making anything', () => {
    const { sources } = table();
    const first = sources.of('203.0.113.7');
    for (let i = 0; i < 1000; i++) assert.equal(sources.of('203.0.113.7'), first);
    assert.equal(sources.size, 1);
  });
});
