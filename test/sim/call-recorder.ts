import { FrameReader } from '../../appliance/sip-server/control-codec.js';
import { connectTo } from './memory-sockets.js';

/** An application that takes down call detail events alone, and knows what they must be like. */
export class CallRecorder {
  /** Events of each leg in their order; a server has one leg of a Call-ID in these simulations. */
  readonly #legs = new Map<string, string[]>();

  constructor(controlPort: number) {
    const connection = connectTo(controlPort);
    const reader = new FrameReader();
    connection.onData((bytes) => {
      const frames = reader.push(bytes);
      if (frames.ok) for (const frame of frames.value) this.#frame(frame);
    });
    ['authenticate|cymru|', 'route|cdr:attempt', 'route|cdr:start', 'route|cdr:stop'].forEach((text, i) => {
      const message = `r${i}|${text}`;
      connection.send(Buffer.from(`${message.length}#${message}`));
    });
  }

  get legs(): number {
    return this.#legs.size;
  }

  /** Legs that did not go attempt, perhaps start, stop: each once. */
  faults(): string[] {
    return [...this.#legs]
      .filter(([, events]) => !/^attempt( start)? stop$/.test(events.join(' ')))
      .map(([callId, events]) => `${callId}: call events ${events.join(' ')}`);
  }

  #frame(frame: string): void {
    const verb = /^[^|]*\|cdr:(\w+)\|/.exec(frame)?.[1];
    const callId = /\r\nCall-ID: ([^\r]*)\r\n/.exec(frame)?.[1] ?? '';
    if (verb === undefined) return;
    const events = this.#legs.get(callId);
    if (events === undefined) this.#legs.set(callId, [verb]);
    else events.push(verb);
  }
}
