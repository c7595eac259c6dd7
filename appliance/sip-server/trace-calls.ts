import type { LadderStep } from '../../src/sip/index.js';

/** The calls, registrations and the like that the steps belong to, one line each, the newest last. */
export function traceCalls(steps: readonly LadderStep[], width: number): string {
  const calls = new Map<string, { first: LadderStep; last: string; messages: number }>();
  for (const step of steps) {
    const call = calls.get(step.callId);
    const status = /^\d{3}/.exec(step.title)?.[0];
    if (call === undefined) {
      calls.set(step.callId, { first: step, last: status ?? '', messages: 1 });
    } else {
      call.messages++;
      if (status !== undefined && step.cseq.endsWith(call.first.title)) call.last = status;
    }
  }
  const lines = [...calls].map(([callId, { first, last, messages }]) => {
    const time = new Date(first.at).toISOString().slice(11, 23);
    const ends = `${first.from} → ${first.to}`;
    return `${time}  ${first.title.padEnd(9)} ${last.padEnd(4)} ${String(messages).padStart(4)}  ${ends}  ${callId}`;
  });
  const heading = 'first seen    what      end  msgs  from → to  Call-ID';
  return `${[heading, ...lines].map((line) => (line.length > 4 * width ? `${line.slice(0, 4 * width)}…` : line)).join('\n')}\n`;
}
