import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../src/base/index.js';
import {
  type ClientTransaction,
  createResponse,
  formatMessage,
  InviteClientTransaction,
  type Path,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  SuccessRetransmission,
  stampVia,
  standardTimers,
  TransactionLayer,
  tagOf,
} from '../../../src/sip/index.js';
import { LossyNetwork } from '../../sim/lossy-network.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';
import { makeRequest, mustParse } from './transaction-bench.js';

const REQUESTS = 40;

/** One side of the network: a layer, and paths to the other. */
function pathTo(net: LossyNetwork, from: string, to: string): Path {
  return { transport: 'UDP', reliable: false, sentBy: `${from}:5060`, send: (bytes) => net.send(from, to, bytes) };
}

/** A client and a server exchange INVITEs, CANCELs and other requests over a bad line. Returns what went wrong. */
function run(seed: number): { faults: string[]; lost: number; duplicated: number } {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const net = new LossyNetwork({ clock, random, loss: 0.1, duplication: 0.05, delayMs: [5, 300] });
  const faults: string[] = [];
  const outcomes = new Map<string, number>();
  const seen = new Map<string, number>();
  const unacknowledged = new Map<string, SuccessRetransmission>();
  const ground = { clock, timers: standardTimers, log: silentLog };

  const server: TransactionLayer<undefined> = new TransactionLayer<undefined>({
    clock,
    random,
    user: {
      request(request: SipRequest, transaction: ServerTransaction) {
        const callId = request.headers.get('Call-ID') ?? '';
        seen.set(callId, (seen.get(callId) ?? 0) + 1);
        const answer = (status: number) => {
          if (transaction.answered) return;
          const bytes = formatMessage(createResponse(request, status, `to-${callId}`));
          transaction.respond(status, bytes);
          if (request.method !== 'INVITE' || status >= 300 || status < 200) return;
          const again = new SuccessRetransmission(
            ground,
            () => transaction.respond(status, bytes),
            () => undefined,
          );
          unacknowledged.set(callId, again);
        };
        cancelable.set(transaction, answer);
        if (request.method === 'INVITE' && random.next() < 0.7) answer(180);
        // Some are never answered: the client's timers must end them.
        if (random.next() < 0.9) clock.after(random.next() * 20_000, () => answer(random.next() < 0.6 ? 200 : 486));
        else if (request.method === 'INVITE') clock.after(60_000, () => answer(480));
      },
      ack(request: SipRequest) {
        unacknowledged.get(request.headers.get('Call-ID') ?? '')?.acknowledge();
      },
      cancel(request: SipRequest, transaction: ServerTransaction, target: ServerTransaction | undefined) {
        transaction.respond(target === undefined ? 481 : 200, formatMessage(createResponse(request, 200, 'c')));
        if (target !== undefined && !target.answered) cancelable.get(target)?.(487);
      },
      stray() {},
    },
  });
  const cancelable = new Map<ServerTransaction, (status: number) => void>();
  const client: TransactionLayer<undefined> = new TransactionLayer<undefined>({
    clock,
    random,
    user: { request() {}, ack() {}, cancel() {}, stray() {} },
  });
  net.attach('server', (bytes) => {
    const message = mustParse(bytes);
    if (message.kind !== 'request') return;
    stampVia(message.headers, '192.0.2.1', 5060);
    server.receiveRequest(message, pathTo(net, 'server', 'client'), undefined);
  });
  net.attach('client', (bytes) => {
    const message = mustParse(bytes);
    if (message.kind === 'response') client.receiveResponse(message, undefined);
  });

  const path = pathTo(net, 'client', 'server');
  for (let i = 0; i < REQUESTS; i++) {
    const callId = `call-${i}`;
    const method = i % 2 === 0 ? 'INVITE' : 'OPTIONS';
    const ended = () => outcomes.set(callId, (outcomes.get(callId) ?? 0) + 1);
    let accepted: string | undefined;
    clock.after(random.next() * 10_000, () => {
      const request = makeRequest(method, { 'Call-ID': callId });
      const transaction = client.request(request, path, {
        response(response: SipResponse) {
          if (response.status < 200) return;
          const tag = tagOf(response.headers.get('To') ?? '') ?? '';
          if (method === 'INVITE' && response.status < 300) {
            client.sendAck(makeRequest('ACK', { 'Call-ID': callId, To: `<sip:bob@b.test>;tag=${tag}` }), path);
            if (accepted === tag) return;
            accepted = tag;
          }
          ended();
        },
        timedOut: (_t: ClientTransaction) => ended(),
        failed: () => faults.push(`${callId} failed without a transport error`),
      });
      if (transaction instanceof InviteClientTransaction && random.next() < 0.3) {
        clock.after(random.next() * 5_000, () => transaction.cancel());
      }
    });
  }
  clock.advance(300_000);
  for (let i = 0; i < REQUESTS; i++) {
    const callId = `call-${i}`;
    if (outcomes.get(callId) !== 1) faults.push(`${callId} ended ${outcomes.get(callId) ?? 0} times`);
    if ((seen.get(callId) ?? 0) > 1) faults.push(`${callId} was reported ${seen.get(callId)} times to the server`);
  }
  if (clock.pending !== 0) faults.push(`${clock.pending} timers survive`);
  const live = { ...client.counts };
  if (live.client + live.server + server.counts.client + server.counts.server !== 0)
    faults.push('transactions survive');
  return { faults, lost: net.lost, duplicated: net.duplicated };
}

test('over a line that loses, reorders and duplicates, every request ends exactly once and no timer survives', () => {
  let lost = 0;
  let duplicated = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const result = run(seed);
    assert.deepEqual(result.faults, [], `seed ${seed}`);
    lost += result.lost;
    duplicated += result.duplicated;
  }
  assert.ok(lost > 1000 && duplicated > 500, 'the line was bad enough');
});
