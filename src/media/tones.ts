import type { Tone, ToneStep } from './port-settings.js';

/** What a network says to its callers without words (ITU-T E.180, E.182). */
export interface CountryTones {
  readonly dial: Tone;
  /** After a hook flash, and where a service (forwarding, waiting messages) is on: interrupted, then as `dial`. */
  readonly recallDial: Tone;
  readonly ringback: Tone;
  readonly busy: Tone;
  /** Congestion, or "reorder": the network cannot go on with the call. */
  readonly congestion: Tone;
  /** Three rising notes: what follows is no person. */
  readonly specialInformation: Tone;
  readonly callWaiting: Tone;
  /** To a telephone that was left off the hook. */
  readonly howler: Tone;
  /** A service code was carried out. */
  readonly confirmation: Tone;
  /** The call was ended for a more important one; then as `busy`. */
  readonly preemption: Tone;
}

/** `425` or `350+440`, Hz. */
type Pitch = string;
/** On, off, on, off … in ms. */
type Cadence = readonly number[];

/** What a country says otherwise than the usual. */
interface Entry {
  /** Of every tone that names none of its own. */
  readonly pitch?: Pitch;
  readonly dialPitch?: Pitch;
  /** The dial tone is interrupted for ever. */
  readonly dial?: Cadence;
  /** Interrupted for ever; absent: three short interruptions, then steady. */
  readonly recallDial?: Cadence;
  readonly ringPitch?: Pitch;
  readonly ring?: Cadence;
  readonly busyPitch?: Pitch;
  readonly busy?: Cadence;
  readonly congestion?: Cadence;
  readonly waitingPitch?: Pitch;
  readonly waiting?: Cadence;
  /** The pause between the notes of special information, ms. */
  readonly informationGap?: number;
  readonly confirmation?: Tone;
}

/** DoD UCR 2008, table of tones (from memory; ITU-T has none): 440 and 620 Hz, steady; dBm0 of each. */
const preemptionTone = { pitch: '440+620', level: -18 } as const;
/** Whoever hears it knows after so long, ms. */
export const preemptionToneMs = 3000;

/** Total power of a tone, dBm0: the middle of what E.180 §3 allows (-15 to -5). */
const usualLevel = -10;
/** North America's own, of each frequency (Telcordia GR-506 §17.2), and for its busy and ringing tones below. */
const northAmerica = { dial: -13, ring: -19, busy: -24, waiting: -13 } as const;

/**
 * By country code, as `src/config` has it. From memory of E.180 Supplement 2 (01/94) and of its later list, "Various tones used in
 * national networks" (2003), compared with what open telephone systems ship, not with the printed tables. Those tables have no
 * confirmation and no howler for most countries: these are North America's, at the country's own pitch. Amplitude modulation, which
 * they write as 400x25, is said by two frequencies that beat at that rate (387.5+412.5), as some of those networks make it.
 */
const entries: Readonly<Record<string, Entry>> = {
  '7': { busy: [350, 350], congestion: [175, 175], ring: [800, 3200], waiting: [200, 5000], recallDial: [400, 40] },
  '27': {
    pitch: '400',
    dialPitch: '383+417',
    ringPitch: '383+417',
    ring: [400, 200, 400, 2000],
    congestion: [250, 250],
    waitingPitch: '383+417',
    waiting: [500, 10_000],
  },
  '30': { dial: [200, 300, 700, 800], recallDial: [650, 25], busy: [300, 300], waiting: [150, 150, 150, 8000] },
  '31': { congestion: [250, 250], recallDial: [500, 50], waiting: [500, 9500] },
  '32': {
    ring: [1000, 3000],
    congestion: [167, 167],
    recallDial: [1000, 250],
    waitingPitch: '1400',
    waiting: [175, 175, 175, 3500],
  },
  '33': { pitch: '440', ring: [1500, 3500], congestion: [250, 250], waiting: [300, 10_000] },
  '34': {
    ring: [1500, 3000],
    busy: [200, 200],
    congestion: [200, 200, 200, 200, 200, 600],
    waiting: [175, 175, 175, 3500],
  },
  '36': { ring: [1250, 3750], busy: [300, 300], congestion: [300, 300], waiting: [40, 1960] },
  '39': { dial: [200, 200, 600, 1000], waiting: [400, 100, 250, 100, 150, 14_000] },
  '41': { recallDial: [1100, 1100] },
  '43': { pitch: '420', ring: [1000, 5000], busy: [400, 400], waiting: [40, 1960], recallDial: [400, 40] },
  '44': {
    pitch: '400',
    dialPitch: '350+440',
    recallDial: [750, 750],
    ringPitch: '400+450',
    ring: [400, 200, 400, 2000],
    busy: [375, 375],
    congestion: [400, 350, 225, 525],
    waiting: [100, 4000],
    informationGap: 15,
    // BT SIN 350.
    confirmation: tone('1400', [], usualLevel),
  },
  '45': { waiting: [200, 600, 200, 3000] },
  '46': {
    ring: [1000, 5000],
    busy: [250, 250],
    congestion: [250, 750],
    recallDial: [320, 20],
    waiting: [200, 500, 200, 9100],
    informationGap: 24,
  },
  '47': { waiting: [200, 600, 200, 10_000] },
  '48': { congestion: [500, 500], recallDial: [500, 50], waiting: [150, 150, 150, 4000] },
  '49': { busy: [480, 480], congestion: [240, 240], waiting: [200, 200, 200, 5000] },
  '52': { busy: [250, 250], congestion: [250, 250], waiting: [200, 600, 200, 10_000], informationGap: 30 },
  '55': { busy: [250, 250], congestion: [250, 250, 750, 250], waiting: [50, 1000] },
  '56': { pitch: '400', ring: [1000, 3000], waiting: [250, 8750] },
  '58': { congestion: [250, 250], waitingPitch: '400+450', waiting: [300, 6000] },
  '60': { ring: [400, 200, 400, 2000], congestion: [500, 500], waiting: [500, 250, 500, 5000] },
  '61': {
    dialPitch: '413+438',
    ringPitch: '413+438',
    ring: [400, 200, 400, 2000],
    busy: [375, 375],
    congestion: [375, 375],
    recallDial: [100, 40],
    waiting: [200, 200, 200, 4400],
  },
  '62': { congestion: [250, 250], waiting: [150, 150, 150, 10_000] },
  '63': {
    ringPitch: '425+480',
    busyPitch: '480+620',
    congestion: [250, 250],
    waitingPitch: '440',
    waiting: [300, 10_000],
  },
  '64': {
    pitch: '400',
    ringPitch: '400+450',
    ring: [400, 200, 400, 2000],
    congestion: [250, 250],
    waiting: [200, 3000],
  },
  '65': {
    ringPitch: '413+437',
    ring: [400, 200, 400, 2000],
    busy: [750, 750],
    congestion: [250, 250],
    waitingPitch: '413+437',
    waiting: [300, 200, 300, 3200],
  },
  '81': {
    pitch: '400',
    ringPitch: '392+408',
    ring: [1000, 2000],
    congestion: [500, 500],
    waitingPitch: '392+408',
    waiting: [500, 8000],
  },
  '82': {
    dialPitch: '350+440',
    ringPitch: '440+480',
    ring: [1000, 2000],
    busyPitch: '480+620',
    congestion: [300, 200],
    waitingPitch: '350+440',
    waiting: [250, 250, 250, 3250],
  },
  '86': { pitch: '450', busy: [350, 350], congestion: [700, 700], waiting: [400, 4000] },
  '90': {
    pitch: '450',
    ring: [2000, 4000],
    congestion: [200, 200, 200, 200, 200, 200, 600, 200],
    waiting: [200, 600, 200, 8000],
  },
  '91': {
    pitch: '400',
    dialPitch: '387.5+412.5',
    ringPitch: '387.5+412.5',
    ring: [400, 200, 400, 2000],
    busy: [750, 750],
    congestion: [250, 250],
    waiting: [200, 100, 200, 7500],
  },
  '351': { ring: [1000, 5000], recallDial: [1000, 200], waiting: [200, 200, 200, 5000] },
  '353': {
    ringPitch: '400+450',
    ring: [400, 200, 400, 2000],
    congestion: [250, 250],
    recallDial: [400, 40],
    waiting: [180, 200, 200, 4500],
  },
  '358': { busy: [300, 300], recallDial: [650, 25], waiting: [150, 150, 150, 8000] },
  '359': { congestion: [250, 250], recallDial: [1500, 100], waiting: [150, 150, 150, 4000] },
  '370': { busy: [350, 350], recallDial: [500, 50], waiting: [150, 150, 150, 4000] },
  '372': { busy: [300, 300], recallDial: [650, 25], waiting: [150, 150, 150, 8000] },
  '420': {
    dial: [330, 330, 660, 660],
    busy: [330, 330],
    congestion: [165, 165],
    waiting: [330, 9000],
    informationGap: 30,
  },
  '421': {
    dial: [330, 330, 660, 660],
    busy: [330, 330],
    congestion: [165, 165],
    waiting: [330, 9000],
    informationGap: 30,
  },
  '886': {
    dialPitch: '350+440',
    ringPitch: '440+480',
    ring: [1000, 2000],
    busyPitch: '480+620',
    congestion: [250, 250],
    waitingPitch: '350+440',
    waiting: [250, 250, 250, 3250],
  },
  '972': { pitch: '414', ring: [1000, 3000], congestion: [250, 250], waiting: [100, 100, 100, 100, 600, 3000] },
};

/** North America (country code 1): the precise tone plan. */
const precise: CountryTones = withPreemption({
  dial: tone('350+440', [], northAmerica.dial, 'each'),
  recallDial: interrupted('350+440', 3, northAmerica.dial, true),
  ringback: tone('440+480', [2000, 4000], northAmerica.ring, 'each'),
  busy: tone('480+620', [500, 500], northAmerica.busy, 'each'),
  congestion: tone('480+620', [250, 250], northAmerica.busy, 'each'),
  specialInformation: specialInformation(0),
  callWaiting: tone('440', [300, 10_000], northAmerica.waiting, 'each'),
  howler: howler(),
  confirmation: interrupted('350+440', 3, northAmerica.dial, false),
});

/** A country that is not in the table says what E.180 recommends: 425 Hz. */
export function tonesOf(countryCode: string): CountryTones {
  return countryCode === '1' ? precise : tonesFrom(entries[countryCode] ?? {});
}

/** Country codes whose tones are known. */
export const tonedCountries: readonly string[] = ['1', ...Object.keys(entries)];

function tonesFrom(entry: Entry): CountryTones {
  const { pitch = '425', dialPitch = pitch, ringPitch = pitch, busyPitch = pitch, waitingPitch = pitch } = entry;
  const each = usualLevel - 10 * Math.log10(frequenciesOf(dialPitch).length);
  return withPreemption({
    dial: tone(dialPitch, entry.dial ?? [], usualLevel),
    recallDial:
      entry.recallDial === undefined
        ? interrupted(dialPitch, 3, each, true)
        : tone(dialPitch, entry.recallDial, usualLevel),
    ringback: tone(ringPitch, entry.ring ?? [1000, 4000], usualLevel),
    busy: tone(busyPitch, entry.busy ?? [500, 500], usualLevel),
    congestion: tone(busyPitch, entry.congestion ?? [200, 200], usualLevel),
    specialInformation: specialInformation(entry.informationGap ?? 0),
    callWaiting: tone(waitingPitch, entry.waiting ?? [200, 200, 200, 4000], usualLevel),
    howler: howler(),
    confirmation: entry.confirmation ?? interrupted(dialPitch, 3, each, false),
  });
}

function withPreemption(tones: Omit<CountryTones, 'preemption'>): CountryTones {
  const { pitch, level } = preemptionTone;
  const { steps } = tones.busy;
  return {
    ...tones,
    preemption: { steps: [step(frequenciesOf(pitch), level, preemptionToneMs), ...steps], repeatFrom: 1 },
  };
}

/** The cadence for ever; without one, a steady tone. `level` is the whole tone's, or each frequency's. */
function tone(pitch: Pitch, cadence: Cadence, level: number, of: 'whole' | 'each' = 'whole'): Tone {
  const frequencies = frequenciesOf(pitch);
  const each = of === 'each' ? level : level - 10 * Math.log10(frequencies.length);
  if (cadence.length === 0) return { steps: [{ frequencies, level: each, durationMs: 0 }], repeatFrom: 0 };
  return { steps: cadence.map((ms, at) => step(at % 2 === 0 ? frequencies : [], each, ms)), repeatFrom: 0 };
}

/** `times` bursts of a tenth of a second, then the steady tone, or silence. */
function interrupted(pitch: Pitch, times: number, each: number, steady: boolean): Tone {
  const frequencies = frequenciesOf(pitch);
  const bursts = Array.from({ length: times }, () => [step(frequencies, each, 100), step([], each, 100)]).flat();
  return { steps: steady ? [...bursts, step(frequencies, each, 0)] : bursts };
}

/** E.180 §6.4.1: 950, 1400 and 1800 Hz, a third of a second each, and a second's pause. */
function specialInformation(gapMs: number): Tone {
  const notes = [950, 1400, 1800].map((frequency) => step([frequency], usualLevel, 330));
  const spaced =
    gapMs === 0 ? notes : notes.flatMap((note, at) => (at === 2 ? [note] : [note, step([], usualLevel, gapMs)]));
  return { steps: [...spaced, step([], usualLevel, 1000)], repeatFrom: 0 };
}

/** GR-506 §17.2.9, "receiver off hook": four frequencies, as loud together as a digital path carries without clipping. */
function howler(): Tone {
  return { steps: [step([1400, 2060, 2450, 2600], -9, 100), step([], -9, 100)], repeatFrom: 0 };
}

function step(frequencies: readonly number[], level: number, durationMs: number): ToneStep {
  return { frequencies, level, durationMs };
}

function frequenciesOf(pitch: Pitch): readonly number[] {
  return pitch.split('+').map(Number);
}
