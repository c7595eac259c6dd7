import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../src/base/index.js';
import {
  createResponse,
  formatMessage,
  InviteClientTransaction,
  type Path,
  ProxiedRequest,
  parseSipUri,
  type ServerTransaction,
  type SipRequest,
  SuccessRetransmission,
  stampVia,
  standardTimers,
  TransactionLayer,
  type TransactionLayerUser,
  tagOf,
} from '../../../src/sip/index.js';
import { LossyNetwork } from '../../sim/lossy-network.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { makeRequest, mustParse } from './transaction-bench.js';

const REQUESTS = 20;
const CALLEES = ['c0', 'c1', 'c2', 'c3'];
/** Longer than timer C, the ringing before it and all that comes after together. */
const WHOLE_MS = 900_000;

interface Outcome {
  readonly faults: string[];
  readonly statuses: Map<string, number>;
  readonly silences: number;
}

/** One caller, one proxy, four callees, and a network that loses a tenth of everything and mixes up the rest. */
class World {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly net: LossyNetwork;
  readonly faults: string[] = [];
  readonly layers: TransactionLayer<undefined>[] = [];
  readonly finals = new Map<string, string[]>();
  readonly done = new Map<string, number>();
  readonly begun = new Map<string, number>();
  /** How often an address was found dead. */
  silences = 0;
  /** 2xx that callees have sent, by Call-ID. */
  readonly accepted = new Map<string, Set<string>>();

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    const { clock, random } = this;
    this.net = new LossyNetwork({ clock, random, loss: 0.1, duplication: 0.05, delayMs: [5, 300] });
  }

  path(from: string, to: string): Path {
    const { net } = this;
    return { transport: 'UDP', reliable: false, sentBy: `${from}:5060`, send: (bytes) => net.send(from, to, bytes) };
  }

  host(name: string, user: TransactionLayerUser<undefined>): TransactionLayer<undefined> {
    const { clock, random } = this;
    const layer = new TransactionLayer<undefined>({ clock, random, user });
    this.layers.push(layer);
    this.net.attach(name, (bytes, from) => {
      const message = mustParse(bytes);
      if (message.kind === 'response') {
        layer.receiveResponse(message, undefined);
        return;
      }
      stampVia(message.headers, '192.0.2.1', 5060);
      layer.receiveRequest(message, this.path(name, from), undefined);
    });
    return layer;
  }

  proxy(): void {
    const { random, clock } = this;
    const live = new Map<ServerTransaction, ProxiedRequest<Path>>();
    const layer = this.host('proxy', {
      request: (request, transaction) => {
        const callId = request.headers.get('Call-ID') ?? '';
        this.begun.set(callId, (this.begun.get(callId) ?? 0) + 1);
        if (request.method === 'INVITE') transaction.sendTrying(formatMessage(createResponse(request, 100)));
        transaction.toTag = 'proxy';
        const plan = {
          targets: CALLEES.slice(0, 1 + Math.floor(random.next() * 3)).map((name) => `sip:bob@${name}`),
          parallel: random.next() < 0.5,
          followRedirects: random.next() < 0.7,
          provisionalTimeoutMs: random.next() < 0.3 ? 2_000 : Number.POSITIVE_INFINITY,
          finalTimeoutMs: random.next() < 0.3 ? 15_000 : Number.POSITIVE_INFINITY,
          retarget: true,
          mark: '.mark',
          breadth: random.next() < 0.3 ? 2 : 60,
        };
        const proxied = new ProxiedRequest<Path>(
          request,
          transaction,
          plan,
          {
            locate: (target, _request, found) => {
              const uri = parseSipUri(target.uri);
              const host = uri.ok ? uri.value.host : '';
              const direct = { link: this.path('proxy', host) };
              // The first address of some names is dead: the second has to be found by silence.
              const dead = random.next() < 0.2;
              const way = dead ? { link: this.path('proxy', 'nobody'), next: () => direct } : direct;
              if (random.next() < 0.5) found(way);
              else clock.after(random.next() * 500, () => found(way));
            },
            prepare: (_copy, link, _branch, go) => go(link),
            judge: (_link, alive) => {
              if (!alive) this.silences++;
            },
            done: () => this.done.set(callId, (this.done.get(callId) ?? 0) + 1),
          },
          { clock, log: silentLog },
          layer,
        );
        live.set(transaction, proxied);
        transaction.user = proxied;
        proxied.start();
      },
      ack() {},
      cancel: (request, transaction, target) => {
        const status = target === undefined ? 481 : 200;
        transaction.respond(status, formatMessage(createResponse(request, status, 'proxy')));
        if (target !== undefined && !target.answered) live.get(target)?.cancel([]);
      },
      stray() {},
    });
  }

  callee(name: string): void {
    const { random, clock } = this;
    const ground = { clock, timers: standardTimers, log: silentLog };
    const answers = new Map<ServerTransaction, (status: number) => void>();
    const unacknowledged = new Map<string, SuccessRetransmission>();
    this.host(name, {
      request: (request, transaction) => {
        const callId = request.headers.get('Call-ID') ?? '';
        const invite = request.method === 'INVITE';
        const answer = (status: number) => {
          if (transaction.answered) return;
          const response = createResponse(request, status, name);
          response.headers.append('Contact', status === 302 ? '<sip:bob@c3>, <sip:bob@c0>' : `<sip:bob@${name}>`);
          const bytes = formatMessage(response);
          transaction.respond(status, bytes);
          if (!invite || status < 200 || status >= 300) return;
          const tags = this.accepted.get(callId) ?? new Set();
          this.accepted.set(callId, tags.add(name));
          const again = () => transaction.respond(status, bytes);
          unacknowledged.set(callId, new SuccessRetransmission(ground, again, () => undefined));
        };
        answers.set(transaction, answer);
        if (invite && random.next() < 0.7) answer(180);
        const statuses = [200, 200, 486, 302, 603, 500, 401];
        const status = statuses[Math.floor(random.next() * statuses.length)] ?? 200;
        // Some ring for ever: timer C has to end them.
        if (random.next() < 0.85) clock.after(random.next() * 20_000, () => answer(status));
        else if (invite) clock.after(WHOLE_MS / 2, () => answer(480));
      },
      ack: (request: SipRequest) => unacknowledged.get(request.headers.get('Call-ID') ?? '')?.acknowledge(),
      cancel: (request, transaction, target) => {
        const status = target === undefined ? 481 : 200;
        transaction.respond(status, formatMessage(createResponse(request, status, name)));
        if (target !== undefined) answers.get(target)?.(487);
      },
      stray() {},
    });
  }

  call(layer: TransactionLayer<undefined>, i: number): void {
    const { random, clock } = this;
    const callId = `call-${i}`;
    const method = i % 4 === 3 ? 'OPTIONS' : 'INVITE';
    const told: string[] = [];
    this.finals.set(callId, told);
    const acknowledged = new Set<string>();
    const transaction = layer.request(makeRequest(method, { 'Call-ID': callId }), this.path('caller', 'proxy'), {
      response: (response) => {
        if (response.status < 200) return;
        if (response.headers.all('Via').length !== 1) this.faults.push(`${callId}: a Via of the proxy is left`);
        const tag = tagOf(response.headers.get('To') ?? '') ?? '';
        if (response.status >= 300 || method !== 'INVITE') {
          told.push(String(response.status));
          return;
        }
        const ack = makeRequest('ACK', { 'Call-ID': callId, To: `<sip:bob@b.test>;tag=${tag}` });
        layer.sendAck(ack, this.path('caller', tag));
        if (acknowledged.size === 0) told.push('200');
        acknowledged.add(tag);
        if (!(this.accepted.get(callId)?.has(tag) ?? false)) this.faults.push(`${callId}: ${tag} never accepted`);
      },
      timedOut: () => told.push('timedOut'),
      failed: () => told.push('failed'),
    });
    if (transaction instanceof InviteClientTransaction && random.next() < 0.25) {
      clock.after(random.next() * 8_000, () => transaction.cancel());
    }
  }

  run(): Outcome {
    this.proxy();
    for (const name of CALLEES) this.callee(name);
    const caller = this.host('caller', { request() {}, ack() {}, cancel() {}, stray() {} });
    for (let i = 0; i < REQUESTS; i++) this.clock.after(this.random.next() * 10_000, () => this.call(caller, i));
    this.clock.advance(WHOLE_MS);
    const statuses = new Map<string, number>();
    for (const [callId, told] of this.finals) {
      if (told.length !== 1) this.faults.push(`${callId} ended as ${told.join(' ') || 'nothing'}`);
      for (const status of told) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if ((this.begun.get(callId) ?? 0) > 1) this.faults.push(`${callId} was proxied twice`);
      if ((this.done.get(callId) ?? 0) !== (this.begun.get(callId) ?? 0)) this.faults.push(`${callId} is not done`);
    }
    if (this.clock.pending !== 0) this.faults.push(`${this.clock.pending} timers survive`);
    for (const { counts } of this.layers) {
      if (counts.client + counts.server !== 0) this.faults.push('transactions survive');
    }
    return { faults: this.faults, statuses, silences: this.silences };
  }
}

test('over a bad line, every proxied request ends exactly once, each 2xx is real, and nothing survives', () => {
  const statuses = new Map<string, number>();
  let silences = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const outcome = new World(seed).run();
    assert.deepEqual(outcome.faults, [], `seed ${seed}`);
    silences += outcome.silences;
    for (const [status, count] of outcome.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
  }
  // All that can happen did happen.
  assert.ok(silences > 100, `${silences} dead addresses`);
  for (const status of ['200', '302', '401', '408', '486', '487', '500', '603']) {
    assert.ok((statuses.get(status) ?? 0) > 5, `${status}: ${statuses.get(status) ?? 0}`);
  }
});
