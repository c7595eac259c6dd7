import { err, ok, type Result } from '../../src/base/index.js';
import type { LadderSource, MessageTrace, PcapPacket } from '../../src/sip/index.js';
import type { ControlClient } from './control-client.js';
import { hostPort } from './listen-address.js';
import type { LocalAddresses } from './local-address.js';

/** Bytes of messages in one answer to `trace`: what is done for it must not keep calls waiting. */
const ANSWER_BYTES = 48 * 1024;

/** A message as it comes over the control connection, its bytes in base64. */
interface WireMessage {
  readonly sequence: number;
  readonly at: number;
  readonly sent: boolean;
  readonly protocol: string;
  readonly local: readonly [address: string, port: number];
  readonly peer: readonly [address: string, port: number];
  readonly bytes: string;
}

/**
 * The verb `trace|AFTER|CALL-ID|...`: the next messages from sequence number AFTER on, with Call-IDs only those of these
 * calls and their twins, and where to go on (`next`, null at the end). JSON without bars.
 */
export function answerTrace(trace: MessageTrace, locals: LocalAddresses, fields: readonly string[]): string {
  const after = Number(fields[0] ?? '0');
  const callIds = fields.slice(1).filter((callId) => callId !== '');
  const found = trace.read(callIds, Number.isSafeInteger(after) ? after : 0, ANSWER_BYTES);
  const messages = found.map(({ sequence, at, sent, local, peer, bytes }): WireMessage => {
    const wildcard = local.address === '0.0.0.0' || local.address === '::';
    const own = wildcard ? locals.towards(peer.address) : local.address;
    return {
      ...{ sequence, at, sent, protocol: local.protocol },
      local: [own, local.port],
      peer: [peer.address, peer.port],
      bytes: bytes.toString('base64'),
    };
  });
  const last = messages.at(-1)?.sequence;
  return JSON.stringify({ next: last === undefined ? null : last + 1, messages });
}

/** A message of the trace as its readers need it. */
export type TraceLine = LadderSource & Pick<PcapPacket, 'payload'> & { readonly ends: Pick<PcapPacket, 'from' | 'to'> };

/** More messages than this are not asked for: nobody reads them. */
const MOST_MESSAGES = 100_000;

/** Reads the whole trace, or that of some calls, over the control connection. */
export async function readTrace(
  client: ControlClient,
  callIds: readonly string[],
): Promise<Result<readonly TraceLine[], string>> {
  if (callIds.some((callId) => /[|\r\n]/.test(callId))) return err('no Call-ID has a bar or a line end in it');
  const lines: TraceLine[] = [];
  for (let after = 0; lines.length < MOST_MESSAGES; ) {
    const answer: unknown = JSON.parse(await client.ask('trace', String(after), ...callIds));
    const { next, messages } = readAnswer(answer);
    for (const message of messages) lines.push(lineOf(message));
    if (next === undefined) break;
    after = next;
  }
  return ok(lines);
}

function lineOf(message: WireMessage): TraceLine {
  const local = { address: message.local[0], port: message.local[1] };
  const peer = { address: message.peer[0], port: message.peer[1] };
  const [from, to] = message.sent ? [local, peer] : [peer, local];
  const bytes = Buffer.from(message.bytes, 'base64');
  return {
    at: message.at,
    from: hostPort(from.address, from.port),
    to: hostPort(to.address, to.port),
    protocol: message.protocol,
    bytes,
    payload: bytes,
    ends: { from, to },
  };
}

function readAnswer(answer: unknown): { next: number | undefined; messages: readonly WireMessage[] } {
  if (typeof answer !== 'object' || answer === null || !('messages' in answer) || !Array.isArray(answer.messages)) {
    throw new Error('the server’s answer cannot be read');
  }
  const next = 'next' in answer && typeof answer.next === 'number' ? answer.next : undefined;
  return { next, messages: answer.messages };
}
