/** Single notes between the tones of telephony, Hz: no pair of them is a digit, none a fax's or a modem's. */
const notes = [1005, 1060, 1150, 1255, 1385, 1430, 1555, 1755, 1820, 1885] as const;
/** Begins each round, so that a listener who comes later finds the beginning. */
const markHz = 1955;
export const noteMs = 100;
const nearHz = 14;
/** Rounds of three: the mark and two notes that differ. */
const melodies = notes.length * (notes.length - 1);

/** Who speaks is heard by a melody of three notes, which goes round as long as they speak. Remembers whose it is. */
export class Voices {
  /** What is said, by its melody; the longest unused first. */
  readonly #says = new Map<number, string>();
  readonly #melodyOf = new Map<string, number>();

  /** Hz, one after the other, {@link noteMs} each. With more voices than melodies the longest unused loses its own. */
  notesOf(says: string): readonly number[] {
    const melody = this.#melodyOf.get(says) ?? this.#free();
    this.#says.delete(melody);
    this.#says.set(melody, says);
    this.#melodyOf.set(says, melody);
    const first = Math.floor(melody / (notes.length - 1));
    const second = melody % (notes.length - 1);
    return [markHz, notes[first] ?? 0, notes[second < first ? second : second + 1] ?? 0];
  }

  /** What is said by the two notes after the mark. */
  saysOf(first: number, second: number): string | undefined {
    return this.#says.get(first * (notes.length - 1) + (second < first ? second : second - 1));
  }

  #free(): number {
    for (let melody = 0; melody < melodies; melody++) if (!this.#says.has(melody)) return melody;
    const [oldest] = this.#says;
    const [melody, says] = oldest ?? [0, ''];
    this.#melodyOf.delete(says);
    return melody;
  }
}

const mark = -1;

/** Follows the notes of a voice. */
export class MelodyReader {
  readonly #voices: Voices;
  #candidate: number | undefined;
  #heard: readonly number[] = [];

  constructor(voices: Voices) {
    this.#voices = voices;
  }

  /** A single frequency in a frame of 20 ms; undefined where there is none. What is said, once a round proves it. */
  frame(frequency: number | undefined): string | undefined {
    const note = frequency === undefined ? undefined : noteOf(frequency);
    const sure = note !== undefined && note === this.#candidate;
    this.#candidate = note;
    if (!sure || this.#heard.at(-1) === note) return undefined;
    this.#heard = [...this.#heard, note].slice(-4);
    const [a, b, c, d] = this.#heard;
    if (a === undefined || b === undefined || c === undefined || a !== d) return undefined;
    const [first, second] = a === mark ? [b, c] : b === mark ? [c, a] : [a, b];
    if (![a, b, c].includes(mark) || first === mark || second === mark || first === second) return undefined;
    return this.#voices.saysOf(first, second);
  }

  restart(): void {
    this.#candidate = undefined;
    this.#heard = [];
  }
}

function noteOf(frequency: number): number | undefined {
  if (Math.abs(frequency - markHz) <= nearHz) return mark;
  const at = notes.findIndex((note) => Math.abs(note - frequency) <= nearHz);
  return at < 0 ? undefined : at;
}
