import type { Express } from 'express';
import type { LadderStep } from '../../src/sip/index.js';
import type { WebPorts } from './ports.js';

/** Calls of one question; more are no ladder. */
const MOST_CALLS = 10;
/** Steps of one ladder; a page with more is of no use. */
const MOST_STEPS = 2_000;

/** A call, registration or the like of the trace, in one line. */
export interface TracedCall {
  readonly callId: string;
  readonly at: number;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly messages: number;
  /** The status that ended what began it; empty before. */
  readonly status: string;
}

/** What the SIP server tells about itself: its counts, the calls of its trace, and one as a ladder. */
export function signallingRoutes(app: Express, { signalling }: WebPorts): void {
  app.get('/api/sip', async (_request, response) => {
    const statistics = await signalling?.statistics();
    if (statistics === undefined) response.status(503).json({ error: 'The SIP server does not tell about itself.' });
    else response.json(statistics);
  });
  app.get('/api/calls', async (_request, response) => {
    const steps = await signalling?.steps([]);
    if (steps === undefined) response.status(503).json({ error: 'The SIP server keeps no trace.' });
    else response.json({ calls: tracedCalls(steps) });
  });
  app.get('/api/calls/ladder', async (request, response) => {
    const callIds = [request.query['call-id']].flat().filter((id): id is string => typeof id === 'string' && id !== '');
    if (callIds.length === 0 || callIds.length > MOST_CALLS) {
      response.status(400).json({ error: `Name 1 to ${MOST_CALLS} calls: ?call-id=…` });
      return;
    }
    const steps = await signalling?.steps(callIds);
    if (steps === undefined) response.status(503).json({ error: 'The SIP server keeps no trace.' });
    else if (steps.length === 0) response.status(404).json({ error: 'The trace holds nothing of that call.' });
    else response.json({ steps: steps.slice(0, MOST_STEPS) });
  });
}

/** The newest first. */
export function tracedCalls(steps: readonly LadderStep[]): readonly TracedCall[] {
  const calls = new Map<string, TracedCall>();
  for (const { callId, at, title, from, to, cseq } of steps) {
    const call = calls.get(callId) ?? { callId, at, title, from, to, messages: 0, status: '' };
    const final = /^[2-6]\d\d/.exec(title)?.[0];
    const status = final !== undefined && cseq.endsWith(` ${call.title}`) ? final : call.status;
    calls.set(callId, { ...call, messages: call.messages + 1, status });
  }
  return [...calls.values()].reverse();
}
