import { type Clock, type Log, Machine, silentLog } from '../base/index.js';
import {
  type ChannelAction,
  type ChannelEvent,
  type ChannelState,
  type ChannelTimes,
  channelTable,
} from './channel-table.js';

/** Q.931 table 9-2 (T316, 2 min) and §5.5.1.1: no more than two restarts without an answer. */
export const channelTimes: ChannelTimes = { t316Ms: 120_000, faultyMs: 600_000 };
const mostRestarts = 2;

export interface TrunkChannelPorts {
  readonly clock: Clock;
  readonly log?: Log;
  readonly sendRestart?: () => void;
  /** The other side restarted the channel under a call. */
  readonly dropCall?: () => void;
  /** The state is another one; several reasons that follow one another are told once. */
  readonly changed: (channel: TrunkChannel) => void;
}

/** One channel that carries calls, and all reasons why it does not. */
export class TrunkChannel {
  readonly id: string;
  readonly #machine: Machine<ChannelState, ChannelEvent, ChannelAction, ChannelTimes>;
  readonly #ports: TrunkChannelPorts;
  /** Reasons that stand, whatever the state. */
  readonly #stands = { us: false, them: false, alarm: false };
  #restartsLeft = mostRestarts;
  #told: ChannelState = 'idle';
  #settling = false;
  #calls = 0;

  constructor(id: string, ports: TrunkChannelPorts) {
    this.id = id;
    this.#ports = ports;
    this.#machine = new Machine(channelTable, {
      clock: ports.clock,
      log: (ports.log ?? silentLog).child({ channel: id }),
      context: channelTimes,
      actions: {
        sendRestart: () => {
          this.#restartsLeft = mostRestarts - 1;
          ports.sendRestart?.();
        },
        restartAgain: () => {
          if (this.#restartsLeft <= 0) this.#machine.handle('restartFailed');
          else {
            this.#restartsLeft--;
            ports.sendRestart?.();
          }
        },
        dropCall: () => ports.dropCall?.(),
        tellFaulty: () => ports.log?.warn('nobody acknowledges a restart of a channel', { channel: id }),
      },
      onState: () => {
        if (!this.#settling) this.#tell();
      },
    });
  }

  get state(): ChannelState {
    return this.#machine.state;
  }

  get idle(): boolean {
    return this.state === 'idle';
  }

  /** Taken out of service here, though a call may still be on it. */
  get takenOut(): boolean {
    return this.#stands.us;
  }

  /** Calls so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether a call may take it: ours an idle one (one for help also one that may be faulty), theirs also one that they had taken out. */
  takes(by: 'us' | 'help' | 'them'): boolean {
    const { state } = this;
    if (state === 'idle') return true;
    if (state === 'faulty') return by !== 'us';
    return state === 'outByThem' && by === 'them';
  }

  seize(): void {
    this.#calls++;
    if (this.state === 'outByThem') this.#stands.them = false;
    this.#handle('seize');
  }

  /** A call of another process is on it. */
  goOn(): void {
    this.#calls++;
    this.#handle('goOn');
  }

  free(): void {
    if (this.state === 'inUse') this.#handle('free');
  }

  /** Of an idle or faulty channel; others are left as they are. */
  restart(): void {
    this.#handle('restart');
  }

  restartAcknowledged(): void {
    this.#handle('restartAck');
  }

  restarted(): void {
    this.#handle('restarted');
  }

  outByUs(out: boolean): void {
    this.#stands.us = out;
    this.#handle(out ? 'outByUs' : 'inByUs');
  }

  outByThem(out: boolean): void {
    this.#stands.them = out;
    this.#handle(out ? 'outByThem' : 'inByThem');
  }

  alarm(stands: boolean): void {
    if (this.#stands.alarm === stands) return;
    this.#stands.alarm = stands;
    this.#handle(stands ? 'alarm' : 'alarmOver');
  }

  /** The D-channel is down: what it was asked is forgotten, and so is what they said. */
  linkLost(): void {
    this.#stands.them = false;
    this.#settling = true;
    this.#machine.handle('inByThem');
    this.#settling = false;
    this.#handle('linkLost');
  }

  stop(): void {
    this.#machine.stop();
  }

  #handle(event: ChannelEvent): void {
    this.#settling = true;
    this.#machine.handle(event);
    const { us, them, alarm } = this.#stands;
    if (alarm) this.#machine.handle('alarm');
    if (us) this.#machine.handle('outByUs');
    if (them) this.#machine.handle('outByThem');
    this.#settling = false;
    this.#tell();
  }

  #tell(): void {
    if (this.#told === this.state) return;
    this.#told = this.state;
    this.#ports.changed(this);
  }
}
