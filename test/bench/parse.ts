import { formatMessage, parseMessage } from '../../src/sip/index.js';
import { typicalInvite } from './typical-messages.js';

export interface ParseFigures {
  readonly parsesPerCpuSecond: number;
  readonly formatsPerCpuSecond: number;
}

/** Parses and formats {@link typicalInvite}; the best of `rounds` of 100 ms CPU each, for other work only slows one down. */
export function benchParse(rounds = 10): ParseFigures {
  const parsed = parseMessage(typicalInvite);
  if (!parsed.ok) throw new Error(parsed.error.reason);
  return {
    parsesPerCpuSecond: best(rounds, () => parseMessage(typicalInvite).ok),
    formatsPerCpuSecond: best(rounds, () => formatMessage(parsed.value).length > 0),
  };
}

function best(rounds: number, once: () => boolean): number {
  let most = 0;
  for (let i = 0; i <= rounds; i++) most = Math.max(most, rate(once, 100));
  return most;
}

function rate(once: () => boolean, cpuMs: number): number {
  const start = process.cpuUsage();
  let rounds = 0;
  for (;;) {
    for (let i = 0; i < 2_000; i++) if (!once()) throw new Error('the message under measurement is not accepted');
    rounds += 2_000;
    const used = process.cpuUsage(start);
    const usedMs = (used.user + used.system) / 1000;
    if (usedMs >= cpuMs) return Math.round((rounds * 1000) / usedMs);
  }
}
