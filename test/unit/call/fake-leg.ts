import assert from 'node:assert/strict';
import type {
  CallSetup,
  Leg,
  LegAbilities,
  LegCommand,
  LegContinuation,
  LegEvent,
  LegReleased,
} from '../../../src/call/index.js';
import { parseSdp, type SessionDescription } from '../../../src/sdp/index.js';

type CommandKind = LegCommand['kind'];

/** A leg that a script moves. It keeps every command, and watches that `released` comes once and last. */
export class FakeLeg implements Leg {
  readonly id: string;
  can: LegAbilities = { hold: true, transfer: true, digits: true };
  readonly commands: LegCommand[] = [];
  released = 0;
  /** What another process could go on with. */
  kept: LegContinuation | undefined;
  /** The answers that it was asked to go on with. */
  readonly continued: SessionDescription[] = [];
  /** Told of each command after it was noted; the default releases when told to. */
  onCommand: (command: LegCommand) => void;
  #listener: (event: LegEvent) => void = () => {};

  constructor(id: string, onCommand?: (leg: FakeLeg, command: LegCommand) => void) {
    this.id = id;
    this.onCommand =
      onCommand === undefined
        ? (command) => {
            if (command.kind === 'release') this.end({ cause: command.cause });
          }
        : (command) => onCommand(this, command);
  }

  on(listener: (event: LegEvent) => void): void {
    this.#listener = listener;
  }

  do(command: LegCommand): void {
    this.commands.push(command);
    this.onCommand(command);
  }

  continuation(answer?: SessionDescription): LegContinuation | undefined {
    if (answer !== undefined) this.continued.push(answer);
    return this.kept;
  }

  emit(event: LegEvent): void {
    assert.equal(this.released, 0, `${this.id}: ${event.kind} after released`);
    if (event.kind === 'released') this.released++;
    this.#listener(event);
  }

  /** Emits `released`, unless it did so before. */
  end(event: Omit<LegReleased, 'kind'>): void {
    if (this.released === 0) this.emit({ kind: 'released', ...event });
  }

  kinds(): readonly CommandKind[] {
    return this.commands.map((command) => command.kind);
  }

  last<K extends CommandKind>(kind: K): LegCommand & { kind: K } {
    const found = this.commands.findLast((command): command is LegCommand & { kind: K } => command.kind === kind);
    assert.ok(found !== undefined, `${this.id} was never told ${kind}`);
    return found;
  }
}

/** A description with one audio line on `port`. */
export function audio(port: number, direction = 'sendrecv', address = '192.0.2.1'): SessionDescription {
  const parsed = parseSdp(
    `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\na=${direction}\r\n`,
  );
  assert.ok(parsed.ok);
  return parsed.value;
}

export const plainSetup: CallSetup = {
  from: { number: '201' },
  dialled: '202',
  offer: audio(4000),
  sessionId: '00112233445566778899aabbccddeeff',
  hopsLeft: 70,
  privacy: [],
  carried: [],
};
