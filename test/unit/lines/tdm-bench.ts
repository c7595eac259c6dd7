import assert from 'node:assert/strict';
import { silentLog } from '../../../src/base/index.js';
import { Call, type HuntStep, type Leg, type LegReleased } from '../../../src/call/index.js';
import {
  type LegSignalling,
  LinePort,
  type SignallingCommand,
  type SignallingEvent,
  TdmLeg,
} from '../../../src/lines/index.js';
import { idleTdmSettings, tonesOf } from '../../../src/media/index.js';
import { plainSetup } from '../call/fake-leg.js';
import { AnchorBench } from '../legs/anchor-bench.js';
import { FakeLineEngine, type FakeTdmPort } from './fake-line-engine.js';

/** Whoever signals, as a script. It lets go when told to. */
export class FakeSignalling implements LegSignalling {
  readonly commands: SignallingCommand[] = [];
  lingers = false;
  #listener: (event: SignallingEvent) => void = () => undefined;

  do(command: SignallingCommand): void {
    this.commands.push(command);
    if (command.kind === 'release' && !this.lingers) this.tell({ kind: 'released', cause: command.cause });
  }

  on(listener: (event: SignallingEvent) => void): void {
    this.#listener = listener;
  }

  tell(event: SignallingEvent): void {
    this.#listener(event);
  }

  kinds(): readonly string[] {
    return this.commands.map(({ kind }) => kind);
  }
}

export const tones = tonesOf('1');

/** Calls between lines whose signalling is a script, and anchored legs whose dialogs are scripts. */
export class TdmBench extends AnchorBench {
  readonly lines = new FakeLineEngine(this.clock);

  line(name: string, arriving: boolean, law: 'u' | 'a' = 'u'): { leg: TdmLeg; signalling: FakeSignalling } {
    const signalling = new FakeSignalling();
    const { hears: _hears, ...settings } = { ...idleTdmSettings, law };
    const voice = new LinePort({
      engine: this.lines,
      clock: this.clock,
      place: () => ({ path: name, blockBytes: 80 }),
      settings,
    });
    const options = { id: name, clock: this.clock, log: silentLog, signalling, voice, tones, music: () => this.music };
    return { leg: new TdmLeg(options, arriving), signalling };
  }

  /** A call that begins on a line. */
  fromLine(leg: TdmLeg, legs: readonly Leg[], targets: readonly Leg[] = []): Call {
    const offer = leg.describe();
    assert.ok(offer.ok);
    const step = (name: string, open: readonly Leg[]): HuntStep => ({ name, open: () => open, giveUpMs: 4000 });
    const call = new Call(this.callPorts(targets.map((target) => step('target', [target]))), {
      id: 'call-1',
      incoming: leg,
      setup: { ...plainSetup, offer: offer.value },
      steps: [step('step', legs)],
    });
    call.start();
    return call;
  }

  port(name: string): FakeTdmPort {
    return this.lines.at(name);
  }

  override async assertOver(): Promise<void> {
    await super.assertOver();
    assert.equal(this.lines.open.size, 0, 'no port of a line is left');
  }
}

export type { LegReleased };
