import type { Alarm } from '../../src/tdm/index.js';

/** Alarms that stand, in the order that they came. */
export class AlarmKeeper {
  #alarms: readonly Alarm[] = [];

  get alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  /** Whether it changed anything. */
  set(alarm: Alarm, stands: boolean): boolean {
    if (this.#alarms.includes(alarm) === stands) return false;
    this.#alarms = stands ? [...this.#alarms, alarm] : this.#alarms.filter((each) => each !== alarm);
    return true;
  }
}
