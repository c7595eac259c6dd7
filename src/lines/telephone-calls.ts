import { hexToken, type Random } from '../base/index.js';
import type { StationCall } from './station-call.js';
import type { TelephoneSound } from './telephone-sound.js';
import type { TelephoneAction } from './telephone-table.js';

type CallsAction = Extract<
  TelephoneAction,
  | 'forgetActive'
  | 'forgetOther'
  | 'hold'
  | 'swap'
  | 'split'
  | 'joinAll'
  | 'transfer'
  | 'transferUnanswered'
  | 'playCall'
  | 'takeWaiting'
>;

/** The calls of one telephone by what its user does with them: one is active, and another is held or waits. */
export class TelephoneCalls {
  readonly #random: Random;
  readonly #sound: TelephoneSound;
  /** Those that leave are among them until they are gone. */
  readonly all = new Set<StationCall>();
  active: StationCall | undefined;
  held: StationCall | undefined;
  waiting: StationCall | undefined;
  /** The user called the second party, who did not come by waiting. */
  ownSecond = false;

  constructor(random: Random, sound: TelephoneSound) {
    this.#random = random;
    this.#sound = sound;
  }

  /** What the telephone's table does with its calls alone. */
  get actions(): { readonly [action in CallsAction]: () => void } {
    return {
      forgetActive: () => {
        this.active = undefined;
      },
      forgetOther: () => this.forgetOther(),
      hold: () => this.hold(),
      swap: () => this.swap(),
      split: () => this.swap(),
      joinAll: () => this.joinAll(),
      transfer: () => this.transfer(),
      transferUnanswered: () => this.transferUnanswered(),
      playCall: () => this.hear(),
      takeWaiting: () => this.takeWaiting(),
    };
  }

  get other(): StationCall | undefined {
    return this.held ?? this.waiting;
  }

  end(call: StationCall | undefined): void {
    if (call === undefined) return;
    this.all.delete(call);
    call.end();
  }

  dropActive(): void {
    const call = this.active;
    this.active = undefined;
    this.end(call);
  }

  dropOther(): void {
    const call = this.other;
    this.forgetOther();
    this.end(call);
  }

  forgetOther(): void {
    this.held = undefined;
    this.waiting = undefined;
  }

  /** The call that waited is the one that rings now. */
  waitingRings(): void {
    this.active = this.active ?? this.waiting;
    this.waiting = undefined;
  }

  hold(): void {
    this.held = this.active;
    this.active = undefined;
    this.ownSecond = true;
    this.held?.want({ kind: 'hold' });
  }

  retrieve(): void {
    this.active = this.held;
    this.held = undefined;
    this.hear();
  }

  swap(): void {
    [this.active, this.held] = [this.held, this.active];
    this.held?.want({ kind: 'hold' });
    this.hear();
  }

  takeWaiting(): void {
    this.active = this.waiting;
    this.waiting = undefined;
    this.ownSecond = false;
    this.active?.accept();
    this.hear();
  }

  /** The active call is heard, and no tone. */
  hear(): void {
    this.#sound.tone(undefined);
    if (this.active === undefined) return;
    this.active.want({ kind: 'talk' });
    this.#sound.voice(this.active.source);
  }

  joinAll(): void {
    const mix = hexToken(this.#random, 8);
    this.active?.want({ kind: 'mix', mix });
    this.held?.want({ kind: 'mix', mix });
    this.#sound.tone(undefined);
    this.#sound.voice({ kind: 'mix', mix, speaks: true });
  }

  /** The two far ends talk to one another from now on. */
  transfer(): void {
    const { active, held } = this;
    this.active = undefined;
    this.held = undefined;
    if (active === undefined || held === undefined) return;
    active.detach();
    held.leave({ number: active.number, joins: active.id }, () => this.end(active));
  }

  /** The held party is sent to whom the user was calling. */
  transferUnanswered(): void {
    const { active, held } = this;
    this.active = undefined;
    this.held = undefined;
    this.end(active);
    held?.leave({ number: active?.number ?? '' });
  }
}
