import assert from 'node:assert/strict';
import {
  type CentralOfficeLine,
  type CentralOfficeSettings,
  type PrivateExchange,
  type Telephone,
  TelephoneWorld,
} from '../../../hw/simulator/index.js';
import {
  analogCountry,
  OfficeLine,
  type OfficeSettings,
  StationLine,
  type StationSettings,
  TrunkLine,
} from '../../../src/analog/index.js';
import { LineDriver } from '../../sim/line-driver.js';
import { SeededRandom } from '../../sim/seeded-random.js';
import { VirtualClock } from '../../sim/virtual-clock.js';

export const loopOffice: CentralOfficeSettings = {
  start: 'loop',
  disconnect: 'openLoop',
  answerByPolarity: true,
  callerId: 'dataAfterRing',
  numberLength: 7,
};

/** One analog card with two telephones and an exchange's line of each kind, a T1 to a PBX, and one to the emergency services. */
export function worldBench(
  seed = 1,
  offices: readonly CentralOfficeSettings[] = [loopOffice],
  hook: 'raw' | 'decoded' = 'raw',
) {
  const clock = new VirtualClock();
  const world = new TelephoneWorld({
    clock,
    random: new SeededRandom(seed),
    cards: [
      { kind: 'analog', id: 'sim/0', telephones: 2, hook, officeLines: offices },
      { kind: 't1', id: 'sim/1', to: 'exchange' },
      { kind: 't1', id: 'sim/2', to: 'emergency' },
    ],
  });
  /** What a driver does with a card that answers again. */
  const mend = (id: string) => {
    const mended = channel(id);
    const { settings } = mended;
    mended.deaf = false;
    mended.alarm('card', true);
    if (settings !== undefined) mended.configure(settings);
    mended.alarm('card', false);
  };
  const channel = (id: string) => {
    const found = world.spans.flatMap((span) => span.channels).find((each) => each.id === id);
    assert.ok(found !== undefined, id);
    return found;
  };
  const station = (number: 1 | 2 = 1, settings: Partial<StationSettings> = {}) => {
    const all: StationSettings = {
      signalling: 'fxs-kewl',
      country: analogCountry('1'),
      hook,
      reverseOnAnswer: false,
      lamp: 'neon',
      ...settings,
    };
    const id = `sim/0:${number}`;
    const telephone = world.telephone(id);
    assert.ok(telephone !== undefined);
    const driver = new LineDriver(clock, channel(id), all.signalling, (ports) => new StationLine(all, ports));
    return { driver, telephone, line: driver.line };
  };
  const office = (at = 0, settings: Partial<OfficeSettings> = {}) => {
    const id = `sim/0:${3 + at}`;
    const exchange = world.officeLine(id);
    assert.ok(exchange !== undefined);
    const all: OfficeSettings = {
      signalling: exchange.signalling.includes('fxo-kewl') ? 'fxo-kewl' : 'fxo-ground',
      country: analogCountry('1'),
      dialling: 'tone',
      pulseRate: 10,
      cardPulses: true,
      cardCurrent: true,
      answerBy: 'polarity',
      disconnectByPolarity: false,
      dialWithoutTone: false,
      ...settings,
    };
    const driver = new LineDriver(clock, channel(id), all.signalling, (ports) => new OfficeLine(all, ports));
    return { driver, exchange, line: driver.line };
  };
  const trunk = (number = 1) => {
    const id = `sim/1:${number}`;
    const exchange = world.exchangeTrunk(id);
    assert.ok(exchange !== undefined);
    const driver = new LineDriver(
      clock,
      channel(id),
      'em-wink',
      (ports) => new TrunkLine({ signalling: 'em-wink', digits: 'dtmf', onGlare: 'yield' }, ports),
    );
    return { driver, exchange, line: driver.line };
  };
  const emergency = (number = 1) => {
    const id = `sim/2:${number}`;
    const tandem = world.tandemTrunk(id);
    assert.ok(tandem !== undefined);
    const settings = { signalling: 'cama', digits: 'mf', onGlare: 'persist' } as const;
    const cama = { kind: 'npd', areaCodes: ['212'] } as const;
    const driver = new LineDriver(clock, channel(id), 'cama', (ports) => new TrunkLine({ ...settings, cama }, ports));
    return { driver, tandem, line: driver.line };
  };
  return { clock, world, channel, mend, station, office, trunk, emergency };
}

export interface Station {
  readonly driver: LineDriver<StationLine>;
  readonly telephone: Telephone;
  readonly line: StationLine;
}

export interface Office {
  readonly driver: LineDriver<OfficeLine>;
  readonly exchange: CentralOfficeLine;
  readonly line: OfficeLine;
}

export interface Trunk {
  readonly driver: LineDriver<TrunkLine>;
  readonly exchange: PrivateExchange;
  readonly line: TrunkLine;
}
