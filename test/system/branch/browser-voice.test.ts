import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { RecordRow } from '../../../appliance/web/status.js';
import { browserBundle } from '../browser-bundle.js';
import { Authority } from '../certificates.js';
import { address } from './branch-network.js';
import { BranchOffice, domain, type OfficeUser, subscriber } from './branch-office.js';
import { until, wallNow } from './patience.js';
import { writeWav } from './tone.js';

/** Hz that the browser's microphone hears. */
const spoken = 600;

/** What the page's telephone can do for the test. */
interface BrowserPhone {
  readonly events: string[];
  call(target: string): void;
  answer(): void;
  hangUp(): void;
  /** The share of the loudest tone's neighbourhood, and its frequency in Hz, of what is heard now. */
  loudest(): { readonly frequency: number; readonly level: number };
}

declare global {
  // What the page has.
  var branchPhone: BrowserPhone;
}

describe('a browser’s telephone through the media engine', () => {
  let office: BranchOffice;
  let authority: Authority;
  let browser: BrowserContext;
  let page: Page;

  before(async () => {
    authority = new Authority();
    const own = authority.issue([`IP:${address.holdfast}`]);
    const sip = {
      listen: ['udp/0.0.0.0:5060', 'tcp/0.0.0.0:5060', 'wss/0.0.0.0:8443'],
      tls: { certificate: own.certificate, key: own.key },
    };
    office = await BranchOffice.open({ phones: 2, voices: 1, users: 2, configuration: { sip } });
    await office.holdfast.reaches('inline', 5000, ({ mode }) => mode === 'inline');
    browser = await startBrowser(office);
    page = await openPhone(browser, office.user(1));
  });
  after(async () => {
    await browser?.close();
    await office?.close();
    authority?.close();
  });

  /** A tone of at most 30 Hz off, well above the noise. */
  async function pageHears(frequency: number): Promise<void> {
    await until(`the page hears ${frequency} Hz`, 10_000, async () => {
      const heard = await page.evaluate(() => globalThis.branchPhone.loudest());
      if (heard.level > -70 && Math.abs(heard.frequency - frequency) < 30) return true;
      throw new Error(`it hears ${heard.frequency} Hz at ${heard.level} dB`);
    });
  }

  async function tells(event: string, times = 1): Promise<void> {
    let last: readonly string[] = [];
    await until(event, 20_000, async () => {
      last = await page.evaluate(() => globalThis.branchPhone.events);
      return last.filter((one) => one.startsWith(event)).length >= times;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it told ${last.join(', ')}`);
    });
  }

  it('calls the telephone network’s G.711 by WSS, ICE, DTLS-SRTP and Opus, and both hear', () =>
    office.story(async () => {
      await tells('registered');
      const at = wallNow();
      await page.evaluate((target) => globalThis.branchPhone.call(target), `sip:${subscriber.dialled}@${domain}`);
      await tells('confirmed');
      await office.hears(office.pstn, spoken, 10_000);
      await pageHears(subscriber.tone);
      await page.evaluate(() => globalThis.branchPhone.hangUp());
      await tells('ended');
      const quality = await until('the record of the call', 5000, async () => {
        const { body } = await office.holdfast.http('/api/records?count=10');
        const records: readonly RecordRow[] = JSON.parse(body);
        return records.find(({ startedWall, via }) => startedWall >= at - 1000 && via === 'centre')?.quality;
      });
      assert.deepEqual([quality[0]?.codec, quality[0]?.security, quality[0]?.path], ['opus', 'dtls', 'transcoded']);
      await office.quiet();
    }));

  it('is called by a telephone of the branch, and both hear', () =>
    office.story(async () => {
      const phone = office.phone(0);
      await phone.dial(`sip:1002@${domain}`);
      await tells('incoming');
      await page.evaluate(() => globalThis.branchPhone.answer());
      await tells('confirmed', 2);
      await office.hears(phone, spoken, 10_000);
      await pageHears(phone.settings.tone);
      await office.quiet();
      await tells('ended', 2);
    }));
});

/** Chromium in the namespace of a telephone, with a tone for its microphone. */
function startBrowser(office: BranchOffice): Promise<BrowserContext> {
  const { folder } = office.network;
  const start = join(folder, 'chromium.sh');
  writeFileSync(start, `#!/bin/sh\nexec ip netns exec ${office.network.phone(1).name} /usr/bin/chromium "$@"\n`);
  chmodSync(start, 0o755);
  const microphone = join(folder, 'microphone.wav');
  writeFileSync(microphone, writeWav(spoken, 10, 48_000));
  return chromium.launchPersistentContext(join(folder, 'chromium'), {
    executablePath: start,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', '--ignore-certificate-errors'],
      ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
      ...[`--use-file-for-fake-audio-capture=${microphone}`, '--autoplay-policy=no-user-gesture-required'],
      // The page comes from no network at all, so its calls into the branch's would be asked about.
      ...[
        '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebRTC,LocalNetworkAccessChecksWebSockets',
      ],
    ],
  });
}

async function openPhone(browser: BrowserContext, user: OfficeUser): Promise<Page> {
  const page = await browser.newPage();
  const site = 'http://localhost/';
  await page.route(`${site}**`, (route) =>
    route.request().url() === `${site}jssip.js`
      ? route.fulfill({ contentType: 'text/javascript', body: browserBundle('jssip', 'JsSIP') })
      : route.fulfill({ contentType: 'text/html', body: '<!doctype html><script src="/jssip.js"></script>' }),
  );
  await page.goto(site);
  const words = [`wss://${address.holdfast}:8443`, `sip:${user.username}@${domain}`, user.username, user.password];
  await page.evaluate(
    `void (window.branchPhone = (${browserPhone})(${words.map((word) => JSON.stringify(word)).join()}))`,
  );
  return page;
}

/** Runs in the page: jssip with the microphone, and an ear that finds the loudest frequency. */
const browserPhone = `(url, uri, authorization_user, password) => {
  const events = [];
  let session, analyser, context;
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(url)], uri, authorization_user, password, register: true, session_timers: false,
  });
  for (const event of ['registered', 'registrationFailed']) agent.on(event, () => events.push(event));
  const options = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };
  const listen = (connection) => connection.addEventListener('track', ({ track }) => {
    const stream = new MediaStream([track]);
    // Without an element that plays it a remote stream stays silent in WebAudio.
    const element = new Audio();
    element.srcObject = stream;
    void element.play();
    context = new AudioContext();
    analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(stream).connect(analyser);
  });
  agent.on('newRTCSession', (data) => {
    const own = (session = data.session);
    if (data.originator === 'remote') events.push('incoming');
    // Opus alone: G.711, which the browser also speaks, would be preferred because it needs no transcoding.
    own.on('sdp', (said) => {
      if (said.originator !== 'local' || said.type !== 'offer') return;
      const opus = /a=rtpmap:(\\d+) opus/.exec(said.sdp)?.[1];
      const others = (said.sdp.match(/m=audio \\S+ \\S+ (.*)/)?.[1] ?? '').split(' ').filter((type) => type !== opus);
      said.sdp = said.sdp.replace(/(m=audio \\S+ \\S+) .*/, '$1 ' + opus)
        .split('\\r\\n').filter((line) => !others.some((type) => new RegExp('^a=(rtpmap|fmtp|rtcp-fb):' + type + ' ').test(line))).join('\\r\\n');
    });
    own.on('peerconnection', ({ peerconnection }) => listen(peerconnection));
    if (own.connection) listen(own.connection);
    own.on('confirmed', () => events.push('confirmed'));
    for (const event of ['ended', 'failed']) own.on(event, (end) => events.push(event + ' ' + end.cause));
  });
  agent.start();
  return {
    events,
    call: (target) => void agent.call(target, options),
    answer: () => session.answer(options),
    hangUp: () => session.terminate(),
    loudest: () => {
      if (analyser === undefined) return { frequency: 0, level: -1000 };
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      let best = 0;
      bins.forEach((level, bin) => { if (level > bins[best]) best = bin; });
      return { frequency: (best * context.sampleRate) / analyser.fftSize, level: Math.max(bins[best], -1000) };
    },
  };
}`;
