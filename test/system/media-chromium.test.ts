import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { systemClock } from '../../appliance/io/index.js';
import type {
  Format,
  IceCandidate,
  IceSettings,
  MediaEvent,
  PortId,
  RtpPlace,
  RtpSettings,
} from '../../src/media/index.js';
import { until } from './branch/patience.js';
import { MediaEngineProcess, newPortId, usualSettings } from './media-engine-process.js';
import { VoiceEnd } from './voice-end.js';

/** A browser's RTCPeerConnection against a port of the engine; the test is the signalling between them. */
const host = '127.0.0.1';
const firstPort = 34_400;
const [toneOfBrowser, toneOfTelephone] = [1000, 600];
const opus: Format = {
  payloadType: 111,
  codec: 'opus',
  clockRate: 48_000,
  channels: 2,
  parameters: 'minptime=10;useinbandfec=1',
};
const pcmu: Format = { payloadType: 0, codec: 'PCMU', clockRate: 8000, channels: 1, parameters: '' };

/** Runs in the page: a peer connection that says a tone, and an analyser on what it hears. */
const pageScript = `
  window.begin = async (frequency) => {
    const context = new AudioContext();
    const oscillator = new OscillatorNode(context, { frequency });
    const level = new GainNode(context, { gain: 0.3 });
    const source = new MediaStreamAudioDestinationNode(context);
    oscillator.connect(level).connect(source);
    oscillator.start();
    const peer = (window.peer = new RTCPeerConnection());
    const analyser = (window.analyser = new AnalyserNode(context, { fftSize: 4096 }));
    window.rate = context.sampleRate;
    peer.ontrack = ({ track }) => {
      const stream = new MediaStream([track]);
      // Without an element Chromium does not decode.
      const player = (window.player = new Audio());
      player.srcObject = stream;
      player.muted = true;
      void player.play();
      context.createMediaStreamSource(stream).connect(analyser);
    };
    for (const track of source.stream.getAudioTracks()) peer.addTrack(track, source.stream);
    return offer();
  };
  window.offer = async (options) => {
    await peer.setLocalDescription(await peer.createOffer(options));
    while (peer.iceGatheringState !== 'complete') await new Promise((done) => setTimeout(done, 20));
    return peer.localDescription.sdp;
  };
  window.heard = () => {
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.reduce((best, level, i) => (level > bins[best] ? i : best), 1);
    return { frequency: (loudest * rate) / analyser.fftSize, level: bins[loudest], state: peer.connectionState };
  };
`;

let engine: MediaEngineProcess;
let browser: BrowserContext;
const folder = mkdtempSync(join(tmpdir(), 'media-chromium-'));
let fingerprint = '';

before(async () => {
  engine = await MediaEngineProcess.start({ folder });
  const hello = engine.events.find((event) => event.kind === 'hello');
  fingerprint = hello?.kind === 'hello' ? hello.fingerprint : '';
  browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--autoplay-policy=no-user-gesture-required',
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
});

after(async () => {
  await browser?.close();
  await engine?.process.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Description {
  readonly ufrag: string;
  readonly password: string;
  readonly fingerprint: string;
  readonly candidates: readonly IceCandidate[];
}

function read(sdp: string): Description {
  const value = (name: string): string => new RegExp(`a=${name}:(.*)`).exec(sdp)?.[1]?.trim() ?? '';
  const candidates = [...sdp.matchAll(/a=candidate:(\S+) (\d) udp (\d+) (\S+) (\d+) typ (\S+)/g)].map(
    ([, foundation = '', component, priority, address = '', port, type]): IceCandidate => ({
      foundation,
      component: Number(component),
      protocol: 'udp',
      priority: Number(priority),
      address: { host: address, port: Number(port) },
      type: type === 'srflx' ? 'srflx' : 'host',
    }),
  );
  return { ufrag: value('ice-ufrag'), password: value('ice-pwd'), fingerprint: value('fingerprint'), candidates };
}

function remoteOf({ ufrag, password, candidates }: Description): NonNullable<IceSettings['remote']> {
  return { ufrag, password, lite: false, candidates, trickle: false };
}

interface Answer {
  readonly lite: boolean;
  readonly setup: 'active' | 'passive';
  readonly local: { readonly ufrag: string; readonly password: string };
  readonly place: RtpPlace;
}

function write({ lite, setup, local, place }: Answer): string {
  const { host: address, port } = place.rtp;
  return [
    ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', 't=0 0', 'a=group:BUNDLE 0'],
    ...(lite ? ['a=ice-lite'] : []),
    `m=audio ${port} UDP/TLS/RTP/SAVPF 111`,
    `c=IN IP4 ${address}`,
    ...['a=mid:0', 'a=sendrecv', 'a=rtcp-mux', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1'],
    ...[`a=ice-ufrag:${local.ufrag}`, `a=ice-pwd:${local.password}`],
    ...[`a=fingerprint:${fingerprint}`, `a=setup:${setup}`],
    `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host`,
    ...['a=end-of-candidates', ''],
  ].join('\r\n');
}

interface Call {
  readonly page: Page;
  readonly secure: PortId;
  readonly telephone: VoiceEnd;
  readonly answer: Answer;
  readonly settings: RtpSettings;
}

let calls = 0;

/** The browser calls a telephone that speaks G.711, through two ports of the engine. */
async function call(lite: boolean, setup: 'active' | 'passive'): Promise<Call> {
  const page = await browser.newPage();
  await page.goto('about:blank');
  await page.evaluate(pageScript);
  const offer = read(await page.evaluate<string>(`begin(${toneOfBrowser})`));
  const telephone = await VoiceEnd.open(host, toneOfTelephone);
  const [secure, plain] = [newPortId(), newPortId()];
  const base = firstPort + 4 * calls++;
  const place = (port: number): RtpPlace => ({
    rtp: { host, port },
    rtcp: { host, port: port + 1 },
    ssrc: port,
    cname: `port${port}`,
  });
  const answer: Answer = {
    lite,
    setup,
    local: { ufrag: `uf${base}`, password: `password-of-the-port-${base}` },
    place: { ...place(base), ice: { mode: lite ? 'lite' : 'full', stun: [], turn: [] } },
  };
  const settings: RtpSettings = {
    ...usualSettings,
    rtcpMux: true,
    security: { kind: 'dtls', role: setup === 'active' ? 'client' : 'server', fingerprint: offer.fingerprint },
    ice: {
      local: answer.local,
      remote: remoteOf(offer),
      controlling: false,
    },
    receives: [opus],
    sends: [opus],
    hears: { kind: 'port', port: plain },
  };
  engine.tell(
    { kind: 'open', port: secure, place: answer.place, settings },
    {
      kind: 'open',
      port: plain,
      place: place(base + 2),
      settings: {
        ...usualSettings,
        remote: { rtp: telephone.address, rtcp: { ...telephone.address, port: telephone.address.port + 1 } },
        receives: [pcmu],
        sends: [pcmu],
        hears: { kind: 'port', port: secure },
      },
    },
  );
  telephone.speak({ host, port: base + 2 });
  const secured = engine.next('keys', (event: MediaEvent) => event.kind === 'secured' && event.port === secure, 20_000);
  await page.evaluate(`peer.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(write(answer))} })`);
  await secured;
  return { page, secure, telephone, answer, settings };
}

interface HeardInPage {
  readonly frequency: number;
  readonly level: number;
  readonly state: string;
}

async function assertSoundBothWays({ page, telephone }: Call): Promise<void> {
  await until('the browser hears the telephone', 20_000, async () => {
    const heard = await page.evaluate<HeardInPage>('heard()');
    return heard.state === 'connected' && heard.level > -60 && Math.abs(heard.frequency - toneOfTelephone) < 20;
  });
  const since = systemClock.now();
  await until('the telephone hears the browser', 20_000, () => telephone.packetsSince(since) > 100);
  const share = telephone.toneSince(since, toneOfBrowser);
  assert.ok(share > 0.9, `${share} of what the telephone hears is the browser's tone`);
}

describe('Chromium’s RTCPeerConnection with the media engine', () => {
  for (const [lite, setup] of [
    [true, 'passive'],
    [true, 'active'],
    [false, 'active'],
    [false, 'passive'],
  ] as const) {
    it(`hears and is heard: ${lite ? 'ICE lite' : 'a full agent'}, DTLS ${setup}`, async () => {
      const made = await call(lite, setup);
      await assertSoundBothWays(made);
      made.telephone.close();
      await made.page.close();
    });
  }

  it('goes on through an ICE restart', async () => {
    const made = await call(true, 'passive');
    await assertSoundBothWays(made);
    const offer = read(await made.page.evaluate<string>('offer({ iceRestart: true })'));
    const local = { ufrag: 'uf-again', password: 'another-password-of-the-port' };
    const answer = { ...made.answer, local };
    const connected = engine.next('the new pair', (event) => event.kind === 'ice' && event.state === 'connected');
    engine.tell({
      kind: 'configure',
      port: made.secure,
      settings: {
        ...made.settings,
        ice: { local, remote: remoteOf(offer), controlling: false },
      },
    });
    await made.page.evaluate(`peer.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(write(answer))} })`);
    await connected;
    await assertSoundBothWays(made);
    made.telephone.close();
    await made.page.close();
  });
});
