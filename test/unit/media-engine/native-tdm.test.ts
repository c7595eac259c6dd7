import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { NativeBench, pcmu, rtpHeader, rtpPacket, telephoneEvent } from './native-bench.js';
import { quietTdm, TdmLine } from './tdm-line.js';
import { decodeA, levelAt, levelOf, muSamples, readWav, toMu, tones, wav, windows } from './voice.js';

const bench = new NativeBench();
const lines: TdmLine[] = [];
after(() => {
  bench.stop();
  for (const line of lines) line.hangUp();
});

let opened = 0;
async function slot(settings: Parameters<typeof TdmLine.open>[2] = {}, blockBytes = 80): Promise<TdmLine> {
  opened += 1;
  const line = await TdmLine.open(bench, opened.toString(16).padStart(16, 'f'), settings, blockBytes);
  lines.push(line);
  return line;
}

/** Both clocks tick together: a block each, then the next. */
async function together(a: TdmLine, b: TdmLine, saidA: Uint8Array, saidB: Uint8Array): Promise<void> {
  for (let at = 0; at < saidA.length; at += a.blockBytes) {
    a.tick(saidA.subarray(at, at + a.blockBytes));
    b.tick(saidB.subarray(at, at + b.blockBytes));
    await Promise.all([a.answered(), b.answered()]);
  }
}

function random(count: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

describe('two time slots that hear each other', () => {
  for (const [blockBytes, law] of [
    [8, 'u'],
    [64, 'a'],
    [160, 'u'],
    [80, 'a'],
  ] as const) {
    it(`pass every byte as it is, at most two blocks late (${blockBytes} bytes, ${law}-law)`, async () => {
      const [a, b] = [await slot({ law }, blockBytes), await slot({ law }, blockBytes)];
      a.hear({ kind: 'port', port: b.id });
      b.hear({ kind: 'port', port: a.id });
      await a.statistics();
      const said = random(blockBytes * 200, 7);
      const other = random(blockBytes * 200, 9);
      await together(a, b, said, other);
      for (const [heard, of] of [
        [b.heard(), said],
        [a.heard(), other],
      ] as const) {
        const late = [0, 1, 2].find((blocks) =>
          heard.subarray(blocks * blockBytes).equals(of.subarray(0, heard.length - blocks * blockBytes)),
        );
        assert.notEqual(late, undefined, 'not byte by byte');
      }
      assert.equal((await a.statistics()).slips, 0);
    });
  }

  it('speak each its own law', async () => {
    const [a, b] = [await slot({ law: 'u' }), await slot({ law: 'a' })];
    b.hear({ kind: 'port', port: a.id });
    await b.statistics();
    const said = toMu(tones([1000], -10, 8000));
    await together(a, b, said, new Uint8Array(8000).fill(0xd5));
    const heard = Array.from(b.heard().subarray(800), decodeA);
    assert.ok(Math.abs(levelAt(heard, 1000) + 10) < 0.2, `${levelAt(heard, 1000)}`);
  });

  it('pass every byte as it is, whatever pieces the samples come in', async () => {
    const [a, b] = [await slot(), await slot()];
    b.hear({ kind: 'port', port: a.id });
    await b.statistics();
    const said = random(80 * 60, 5);
    let blocks = 0;
    for (let at = 0, piece = 1; at < said.length; at += piece, piece = (piece % 97) + 13) {
      a.tick(said.subarray(at, at + piece));
      for (; (blocks + 1) * 80 <= Math.min(at + piece, said.length); blocks += 1) {
        await bench.until(() => a.heardBytes >= (blocks + 1) * 80);
        b.tick(new Uint8Array(80).fill(0xff));
        await b.answered();
      }
    }
    const heard = b.heard();
    const late = [0, 1, 2, 3].find((blocks) =>
      heard.subarray(blocks * 80).equals(Buffer.from(said.subarray(0, heard.length - blocks * 80))),
    );
    assert.notEqual(late, undefined, 'not byte by byte');
  });

  it('say digits and hear each other again right after', async () => {
    const [a, b] = [await slot(), await slot({ listens: { ...quietTdm.listens, digits: true } })];
    b.hear({ kind: 'port', port: a.id });
    b.engine.apply({ kind: 'digit', port: b.id, digit: '5', durationMs: 100 });
    await b.statistics();
    await together(a, b, toMu(tones([1000], -10, 8000)), new Uint8Array(8000).fill(0xff));
    const heard = muSamples(b.heard());
    assert.ok(Math.abs(levelAt(heard.slice(0, 800), 770) + 9) < 0.5 && levelAt(heard.slice(0, 800), 1000) < -40);
    assert.ok(Math.abs(levelAt(heard.slice(1600), 1000) + 10) < 0.3);
  });

  it('slip by whole blocks where one clock is faster, and nothing else is lost', async () => {
    const [a, b] = [await slot(), await slot()];
    b.hear({ kind: 'port', port: a.id });
    await b.statistics();
    // The faster clock says one block more each hundred.
    const codes = toMu(tones([1000], -10, 80));
    const idle = new Uint8Array(80).fill(0xff);
    for (let block = 0; block < 600; block += 1) {
      a.tick(block % 100 === 99 ? Buffer.concat([codes, codes]) : codes);
      b.tick(idle);
      await Promise.all([a.answered(), b.answered()]);
    }
    const slips = (await b.statistics()).slips ?? 0;
    assert.ok(slips >= 4 && slips <= 6, `${slips}`);
    const heard = windows(muSamples(b.heard()), 1600).map((part) => levelOf(part));
    assert.ok(Math.abs(Math.min(...heard.slice(1)) + 10) < 0.5, `${heard}`);
  });
});

describe('a time slot', () => {
  it('hears a tone of a country: frequencies, level and cadence by its own clock', async () => {
    const line = await slot({}, 8);
    const busy = [
      { frequencies: [480, 620], level: -24, durationMs: 500 },
      { frequencies: [], level: 0, durationMs: 500 },
    ];
    line.hear({ kind: 'tone', tone: { steps: busy, repeatFrom: 0 } });
    await line.statistics();
    await line.say(new Uint8Array(24_000).fill(0xff), 50);
    const heard = muSamples(line.heard());
    for (let second = 0; second < 3; second += 1) {
      const on = heard.slice(second * 8000, second * 8000 + 4000);
      for (const hz of [480, 620]) assert.ok(Math.abs(levelAt(on, hz) + 24) < 0.5, `${hz} Hz: ${levelAt(on, hz)}`);
      assert.ok(levelOf(heard.slice(second * 8000 + 4000, second * 8000 + 8000)) < -60);
    }
  });

  it('hears music on hold, and is recorded meanwhile', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-tdm-'));
    after(() => rmSync(directory, { recursive: true, force: true }));
    const [music, recording] = [join(directory, 'music.wav'), join(directory, 'call.wav')];
    writeFileSync(music, wav({ samples: tones([600], -16, 8000) }));
    const line = await slot({ hears: { kind: 'file', path: music, loop: true, shared: true } });
    line.engine.apply({ kind: 'record', recording: 'tdm', ports: [line.id], path: recording });
    await line.statistics();
    // By the machine's clock: a recording is.
    for (let block = 0; block < 200; block += 1) {
      line.tick(toMu(tones([1500], -10, 80, block * 80)));
      await pause(10);
    }
    line.engine.apply({ kind: 'stopRecording', recording: 'tdm' });
    await bench.until(() => bench.of('recorded').some((event) => event.recording === 'tdm'));
    await line.answered();
    const heard = windows(muSamples(line.heard()), 1600).map((part) => levelAt(part, 600));
    assert.ok(heard.filter((level) => Math.abs(level + 16) < 1).length >= heard.length / 2, `${heard}`);
    const kept = windows(readWav(readFileSync(recording)).samples, 1600);
    assert.ok(kept.some((part) => Math.abs(levelAt(part, 1500) + 10) < 1));
    assert.ok(
      kept.every((part) => levelAt(part, 600) < -40),
      'only what the line says',
    );
  });

  it('gets its own echo back where nobody asked for a canceller', async () => {
    const line = await slot({}, 64);
    line.hear({ kind: 'tone', tone: { steps: [{ frequencies: [500, 1300], level: -13, durationMs: 0 }] } });
    const far = await slot({}, 64);
    far.hear({ kind: 'port', port: line.id });
    await far.statistics();
    let echo: Uint8Array = new Uint8Array(64).fill(0xff);
    for (let block = 0; block < 100; block += 1) {
      line.tick(echo);
      await line.answered();
      far.tick(new Uint8Array(64).fill(0xff));
      await far.answered();
      echo = toMu(muSamples(line.heard().subarray(-64)).map((sample) => Math.round(sample / 2)));
    }
    assert.ok(Math.abs(levelAt(muSamples(far.heard()).slice(-3200), 500) + 19) < 0.5);
  });

  it('is refused where there is nothing to wait for', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'holdfast-tdm-')), 'file');
    after(() => rmSync(dirname(path), { recursive: true, force: true }));
    writeFileSync(path, 'no line');
    const [port, other] = ['eeeeeeeeeeeeeeed', 'eeeeeeeeeeeeeeec'];
    bench.engine.apply({ kind: 'openTdm', port, place: { path, blockBytes: 80 }, settings: quietTdm });
    bench.engine.apply({
      kind: 'openTdm',
      port: other,
      place: { path: dirname(path), blockBytes: 80 },
      settings: quietTdm,
    });
    const whyOf = (id: string) => bench.of('failed').find((event) => event.port === id)?.why ?? '';
    await bench.until(() => whyOf(port) !== '' && whyOf(other) !== '');
    assert.match(whyOf(port), /epoll: Operation not permitted/);
    assert.match(whyOf(other), /open: Is a directory/);
  });

  it('says and hears digits as sound', async () => {
    const line = await slot({ listens: { ...quietTdm.listens, digits: true } });
    line.engine.apply({ kind: 'digit', port: line.id, digit: '7', durationMs: 100 });
    await line.statistics();
    const silence = new Uint8Array(1600).fill(0xff);
    await line.say(silence);
    const heard = muSamples(line.heard()).slice(0, 800);
    for (const hz of [852, 1209]) assert.ok(Math.abs(levelAt(heard, hz) + 9) < 0.5, `${hz}: ${levelAt(heard, hz)}`);
    for (const [low, high] of [
      [697, 1477],
      [941, 1336],
    ] as const) {
      await line.say(toMu(tones([low, high], -10, 800)));
      await line.say(silence);
    }
    await bench.until(() => bench.of('digit').filter(({ port }) => port === line.id).length === 2);
    const digits = bench.of('digit').filter(({ port }) => port === line.id);
    assert.deepEqual(
      digits.map(({ digit, by }) => [digit, by]),
      [
        ['3', 'sound'],
        ['0', 'sound'],
      ],
    );
    for (const { durationMs } of digits) assert.ok(Math.abs(durationMs - 100) < 30, `${durationMs}`);
  });

  it('finds a fax, and cancels echo until then', async () => {
    const line = await slot(
      { listens: { ...quietTdm.listens, fax: true }, echoCanceller: true, hears: { kind: 'nothing' } },
      64,
    );
    line.hear({ kind: 'tone', tone: { steps: [{ frequencies: [500, 1300], level: -13, durationMs: 0 }] } });
    await line.statistics();
    // The line gives back what it hears, 6 dB lower.
    const far = await slot({}, 64);
    far.hear({ kind: 'port', port: line.id });
    await far.statistics();
    let echo: Uint8Array = new Uint8Array(64).fill(0xff);
    for (let block = 0; block < 500; block += 1) {
      line.tick(echo);
      await line.answered();
      far.tick(new Uint8Array(64).fill(0xff));
      await far.answered();
      echo = toMu(muSamples(line.heard().subarray(-64)).map((sample) => Math.round(sample / 2)));
    }
    const left = muSamples(far.heard()).slice(-8000);
    assert.ok(levelAt(left, 500) < -45, `echo of -19 dBm0: ${levelAt(left, 500)}`);
    await line.say(toMu(tones([2100], -12, 16_000)), 1);
    await bench.until(() => bench.of('fax').some(({ port }) => port === line.id));
    assert.equal(bench.of('fax').find(({ port }) => port === line.id)?.tone, 'ced');
  });

  it('that hangs up is told, and a path that is none is refused', async () => {
    const line = await slot();
    const losses = (port: string) => bench.of('lineLost').filter((event) => event.port === port);
    const failures = (port: string) => bench.of('failed').filter((event) => event.port === port);
    line.hangUp();
    await bench.until(() => losses(line.id).length === 1);
    line.engine.apply({
      kind: 'openTdm',
      port: 'eeeeeeeeeeeeeeee',
      place: { path: '/nowhere/at/all', blockBytes: 80 },
      settings: line.settings,
    });
    await bench.until(() => failures('eeeeeeeeeeeeeeee').length === 1);
  });
});

describe('a time slot and an RTP port', () => {
  it('hear each other: G.711 byte by byte towards the network, tones both ways', async () => {
    const line = await slot({}, 64);
    const peer = await bench.peer();
    const port = await bench.port({ remote: peer.remote, latch: 'signalled', hears: { kind: 'port', port: line.id } });
    line.hear({ kind: 'port', port: port.id });
    const said = toMu(tones([1000], -10, 16_000));
    await line.statistics();
    await line.say(said, 1);
    await bench.until(() => peer.rtp.length >= 100);
    const headers = peer.rtp.map(rtpHeader);
    for (const [index, { sequence, timestamp }] of headers.entries()) {
      assert.equal((sequence - (headers[0]?.sequence ?? 0)) & 0xffff, index);
      assert.equal((timestamp - (headers[0]?.timestamp ?? 0)) >>> 0, index * 160);
    }
    assert.ok(Buffer.concat(peer.rtp.map((packet) => packet.subarray(12))).equals(said.subarray(0, 16_000)));
  });

  for (const ppm of [-100, 100]) {
    it(`a tone from the network stays whole on a line whose clock is ${ppm} ppm off`, async () => {
      const line = await slot({ jitter: { minMs: 40, maxMs: 200 } }, 64);
      const peer = await bench.peer();
      const port = await bench.port({ remote: peer.remote, latch: 'any' });
      line.hear({ kind: 'port', port: port.id });
      await line.statistics();
      const since = performance.now();
      let packets = 0;
      let blocks = 0;
      const idle = new Uint8Array(64).fill(0xff);
      while (performance.now() - since < 4000) {
        const elapsed = performance.now() - since;
        while (packets * 20 <= elapsed) {
          const payload = toMu(tones([1000], -10, 160, packets * 160));
          peer.send(port, rtpPacket({ sequence: packets, timestamp: packets * 160, ssrc: 5 }, payload));
          packets += 1;
        }
        while (blocks * 8 <= elapsed * (1 + ppm * 1e-6)) {
          line.tick(idle);
          blocks += 1;
        }
        await pause(4);
      }
      await line.answered();
      const whole = windows(muSamples(line.heard()), 4000).filter((part) => Math.abs(levelAt(part, 1000) + 10) < 1);
      assert.ok(whole.length >= 4, `${whole.length} half seconds of the tone`);
      const statistics = await line.statistics();
      assert.equal(statistics.path, 'transcoded');
      assert.ok(statistics.bufferMs > 0);
    });
  }

  for (const [end, ofLine] of [
    ['the line', true],
    ['the network', false],
  ] as const) {
    it(`a fax at ${end} fixes the delay towards the line, and no digit is looked for any more`, async () => {
      const line = await slot({
        jitter: { minMs: 0, maxMs: 100 },
        listens: { ...quietTdm.listens, fax: true, digits: true },
      });
      const peer = await bench.peer();
      const port = await bench.port({ remote: peer.remote, latch: 'any', detectFax: true, detectDigits: true });
      line.hear({ kind: 'port', port: port.id });
      bench.engine.apply({ kind: 'hear', port: port.id, source: { kind: 'port', port: line.id } });
      await line.statistics();
      let packets = 0;
      const talk = async (ms: number, said: readonly number[]): Promise<void> => {
        const [since, first] = [performance.now(), packets];
        while ((packets - first) * 20 < ms) {
          while ((packets - first) * 20 <= Math.min(ms - 20, performance.now() - since)) {
            const [sound, quiet] = [toMu(tones(said, -12, 160, packets * 160)), new Uint8Array(160).fill(0xff)];
            peer.send(
              port,
              rtpPacket({ sequence: packets, timestamp: packets * 160, ssrc: 7 }, ofLine ? quiet : sound),
            );
            line.tick(ofLine ? sound : quiet);
            packets += 1;
          }
          await pause(4);
        }
        await line.answered();
      };
      await talk(500, [440]);
      assert.ok((await line.statistics()).bufferMs < 50);
      await talk(1500, [2100]);
      const faxes = bench.of('fax').filter((event) => event.port === (ofLine ? line.id : port.id));
      assert.deepEqual(
        faxes.map(({ tone }) => tone),
        ['ced'],
      );
      await talk(300, [697, 1209]);
      // The delay is that of the newest packet, which a busy machine may send late.
      let { bufferMs } = await line.statistics();
      for (let tries = 0; tries < 10 && bufferMs <= 50; tries += 1) {
        await talk(100, [697, 1209]);
        ({ bufferMs } = await line.statistics());
      }
      assert.ok(bufferMs > 50, `${bufferMs} ms`);
      if (ofLine) assert.equal(bench.of('digit').filter((event) => event.port === line.id).length, 0);
    });
  }

  it('a digit in the sound of a line goes to the network as telephone-event', async () => {
    const line = await slot({ listens: { ...quietTdm.listens, digits: true } }, 64);
    const peer = await bench.peer();
    const event = telephoneEvent(101);
    await bench.port({
      remote: peer.remote,
      latch: 'signalled',
      sends: [pcmu, event],
      receives: [pcmu, event],
      hears: { kind: 'port', port: line.id },
    });
    await line.statistics();
    for (let block = 0; block < 60; block += 1) {
      // Two thirds of a second: the digit first, then silence.
      line.tick(block < 30 ? toMu(tones([770, 1336], -10, 64, block * 64)) : new Uint8Array(64).fill(0xff));
      await pause(8);
    }
    const events = () => peer.rtp.filter((packet) => rtpHeader(packet).payloadType === 101);
    await bench.until(() => events().some((packet) => (packet.readUInt8(13) & 0x80) !== 0));
    assert.ok(events().every((packet) => packet.readUInt8(12) === 5));
    const longest = Math.max(...events().map((packet) => packet.readUInt16BE(14)));
    assert.ok(longest > 800, `${longest} ticks of the 1920 that it lasted`);
  });

  it('a digit that comes as telephone-event is heard as sound', async () => {
    const line = await slot({}, 64);
    const peer = await bench.peer();
    const event = telephoneEvent(101);
    const port = await bench.port({ receives: [pcmu, event] });
    line.hear({ kind: 'port', port: port.id });
    await line.statistics();
    for (let index = 1; index <= 10; index += 1) {
      const payload = Uint8Array.from([9, index === 10 ? 0x8a : 0x0a, (index * 160) >> 8, (index * 160) & 0xff]);
      peer.send(
        port,
        rtpPacket({ payloadType: 101, sequence: index, timestamp: 4000, ssrc: 9, marker: index === 1 }, payload),
      );
    }
    await pause(50);
    await line.say(new Uint8Array(64 * 40).fill(0xff), 1);
    const heard = muSamples(line.heard());
    const best = Math.max(...windows(heard, 800).map((part) => Math.min(levelAt(part, 852), levelAt(part, 1477))));
    assert.ok(best > -12, `${best}`);
  });
});

describe('a mix', () => {
  it('of a slot and two RTP ports: everybody hears the others and not himself', async () => {
    const line = await slot({ hears: { kind: 'mix', mix: 'tdm', speaks: true } }, 80);
    const peers = [await bench.peer(), await bench.peer()];
    const hears = { kind: 'mix', mix: 'tdm', speaks: true } as const;
    const ports = await Promise.all(peers.map((peer) => bench.port({ remote: peer.remote, latch: 'any', hears })));
    const frequencies = [500, 900, 1300];
    const since = performance.now();
    let packets = 0;
    while (performance.now() - since < 2500) {
      while (packets * 20 <= performance.now() - since) {
        for (const [index, peer] of peers.entries()) {
          const port = ports[index];
          if (port === undefined) continue;
          const payload = toMu(tones([frequencies[index + 1] ?? 0], -16, 160, packets * 160));
          peer.send(port, rtpPacket({ sequence: packets, timestamp: packets * 160, ssrc: 1 + index }, payload));
        }
        line.tick(toMu(tones([500], -16, 160, packets * 160)));
        packets += 1;
      }
      await pause(5);
    }
    await line.answered();
    const heard = [
      muSamples(line.heard()),
      ...peers.map((peer) => muSamples(Buffer.concat(peer.rtp.map((packet) => packet.subarray(12))))),
    ];
    for (const [index, samples] of heard.entries()) {
      const parts = windows(samples, 2400).slice(2);
      for (const [other, hz] of frequencies.entries()) {
        const levels = parts.map((part) => levelAt(part, hz));
        if (other === index) assert.ok(Math.max(...levels) < -45, `${index} hears himself: ${Math.max(...levels)}`);
        else
          assert.ok(Math.min(...levels.map((level) => Math.abs(level + 16))) < 1, `${index} hears ${hz} Hz: ${levels}`);
      }
    }
    assert.equal((await line.statistics()).path, 'mixed');
  });
});
