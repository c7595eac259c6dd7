import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PeerProcess } from '../system/branch/peer-process.js';
import {
  type CallKind,
  type MediaSubject,
  type PlannedCall,
  planCalls,
  type Side,
  type SideKeys,
  type SubjectPort,
} from './call-plan.js';
import { voiceLoadProgram } from './native-programs.js';

/** What native/voice-load prints; delays in µs. */
export interface Voice {
  readonly sent: number;
  readonly received: number;
  /** What first ends said and second ends did not hear, and the other way round. */
  readonly lostOfFirst: number;
  readonly lostOfSecond: number;
  /** Packets that the worst of all streams lost, and whose they were. */
  readonly worstLoss: number;
  readonly worstEnd: number;
  readonly duplicate: number;
  readonly rematched: number;
  readonly strange: number;
  readonly checked: number;
  readonly checkFailed: number;
  readonly heardDb: number;
  readonly saidDb: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** How late the generator itself was: a run with a late one says nothing of the subject. */
  readonly lateP99: number;
  readonly lateMax: number;
  readonly seconds: number;
  /** Time on the processor of the subject's threads. */
  readonly processorNs: number;
  readonly ownNs: number;
  /** Packets by delay: below 1 µs, 2, 4, 8 … */
  readonly buckets: readonly number[];
}

export interface LoadOptions {
  readonly kind: CallKind;
  readonly calls: number;
  readonly seconds: number;
  readonly warmS?: number;
  /** As fast as answers come, with so many packets on their way; else each 20 ms. */
  readonly window?: number;
  readonly processor: number;
  /** A namespace of its own, and the address of the far ends there. */
  readonly space?: string;
  readonly local?: string;
  /** Each far end has a socket of its own. */
  readonly apart?: boolean;
}

/** First ends speak from here, second ones from two above. */
export const firstFarPort = 28_000;
/** Has the subject carry calls, talks on them, and tells what was heard. */
export async function measureVoice(subject: MediaSubject, options: LoadOptions): Promise<Voice> {
  const calls = planCalls(options.kind, options.calls);
  const ports = await subject.carry(calls, firstFarPort, firstFarPort + 2, options.apart === true ? 4 : 0);
  try {
    return await talk(subject.pid, planText(calls, ports), options);
  } finally {
    await subject.drop();
  }
}

export function planText(
  calls: readonly PlannedCall[],
  ports: readonly (readonly [SubjectPort, SubjectPort])[],
): string {
  const line = (port: SubjectPort, side: Side, keys: SideKeys): string =>
    `${port.host} ${port.port} ${side.codec} ${side.payloadType} ${side.suite ?? 'plain'} ${keys.send} ${port.receive ?? keys.receive}`;
  return calls
    .flatMap((call, i) => {
      const [first, second] = ports[i] ?? [];
      if (first === undefined || second === undefined) throw new Error(`call ${i} has no ports`);
      return [line(first, call.kind.first, call.firstKeys), line(second, call.kind.second, call.secondKeys)];
    })
    .join('\n');
}

function talk(pid: number, text: string, options: LoadOptions): Promise<Voice> {
  return new Promise((resolve, reject) => {
    const words = [
      ...['--seconds', String(options.seconds), '--warm', String(options.warmS ?? 2), '--pid', String(pid)],
      ...['--cpu', String(options.processor), '--real-time'],
      ...(options.window === undefined ? [] : ['--window', String(options.window)]),
    ];
    if (options.apart === true) words.push('--apart');
    if (options.local !== undefined) words.push('--local', options.local);
    const load = startVoiceLoad(text, words, resolve, options.space);
    load.ended.then((code) => reject(new Error(`voice-load ended with ${code}: ${load.output()}`)));
  });
}

/** The generator, with what it shall say and options of its own; `onVoice` gets the figures of each interval. */
export function startVoiceLoad(
  text: string,
  words: readonly string[],
  onVoice: (voice: Voice) => void,
  space?: string,
): PeerProcess {
  const [program = '', ...before] = [
    ...(space === undefined ? [] : ['ip', 'netns', 'exec', space]),
    voiceLoadProgram(),
  ];
  const load = new PeerProcess(program, [...before, '--port', String(firstFarPort), ...words], {
    logFile: join(tmpdir(), `holdfast-voice-load-${process.pid}.log`),
    onLine: (line) => onVoice(JSON.parse(line)),
  });
  load.write(`${text}\n.\n`);
  return load;
}
