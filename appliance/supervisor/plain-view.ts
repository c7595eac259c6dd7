import type { BranchStatus } from '../../src/branch/index.js';
import { modeNames } from '../../src/survivability/index.js';
import type { LabView, MediaView } from './branch-link.js';
import { printable } from './styled-line.js';
import { timeOfDay } from './terminal-view.js';

/** One line for each thing that changed, for logs and scripts. */
export class PlainView {
  readonly #write: (line: string) => void;
  #mode = '';
  #phones = -1;
  #wan: boolean | undefined;
  #sound: boolean | undefined;
  readonly #calls = new Map<string, string>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  show(status: BranchStatus, lab: LabView | undefined, media?: MediaView): void {
    const say = (text: string): void => this.#write(`${timeOfDay(status.nowWall)} ${printable(text)}`);
    if (lab !== undefined && lab.wan.up !== this.#wan) {
      if (this.#wan !== undefined || !lab.wan.up) say(`lab: WAN ${lab.wan.up ? 'restored' : 'cut'}`);
      this.#wan = lab.wan.up;
    }
    if (media !== undefined && media.up !== this.#sound) {
      if (this.#sound !== undefined || !media.up) say(`sound: the media engine is ${media.up ? 'back' : 'away'}`);
      this.#sound = media.up;
    }
    const mode = `${status.mode} ${status.sinceWall}`;
    if (mode !== this.#mode) {
      this.#mode = mode;
      say(`mode: ${modeNames[status.mode]}: ${status.why}`);
    }
    if (status.phones.length !== this.#phones) {
      this.#phones = status.phones.length;
      say(`phones: ${status.phones.length} registered`);
    }
    this.#showCalls(status, say);
  }

  #showCalls(status: BranchStatus, say: (text: string) => void): void {
    const now = new Map(
      status.calls.map((call) => {
        const route = call.via === '' ? '' : ` via ${call.via}`;
        return [call.id, `${call.emergency ? 'EMERGENCY ' : ''}call ${call.from} → ${call.to}${route}: `] as const;
      }),
    );
    for (const call of status.calls) {
      const text = `${now.get(call.id) ?? ''}${call.state}`;
      if (this.#calls.get(call.id) === text) continue;
      this.#calls.set(call.id, text);
      say(text);
    }
    for (const [id, text] of this.#calls) {
      if (now.has(id)) continue;
      this.#calls.delete(id);
      say(text.replace(/: \w+$/, ': ended'));
    }
  }
}
