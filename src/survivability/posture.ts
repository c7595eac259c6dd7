/** `returning`: the centre answers again, and the branch still serves itself until the hold-down is over. */
export type Mode = 'starting' | 'inline' | 'survivable' | 'returning' | 'forced-survivable' | 'forced-inline';

export const modes: readonly Mode[] = [
  'starting',
  'inline',
  'survivable',
  'returning',
  'forced-survivable',
  'forced-inline',
];

export const modeNames: { readonly [mode in Mode]: string } = {
  starting: 'Starting',
  inline: 'Normal service',
  survivable: 'Limited service',
  returning: 'Limited service, centre is back',
  'forced-survivable': 'Limited service, by hand',
  'forced-inline': 'Normal service, by hand',
};

/**
 * What a mode means for new calls and registrations. Live calls never learn of it.
 * In `relay` and `primary` each single request still falls back to the branch itself when the centre is silent.
 */
export interface Posture {
  readonly registrar: 'relay' | 'serve';
  readonly calls: 'primary' | 'local';
  readonly alarm: 'none' | 'minor' | 'major';
  /** Shown on phones and on the page. */
  readonly notice?: string;
  /** How long the mode lasts, for people. */
  readonly dwell: string;
}

const limited = 'Limited service';

export const postures: { readonly [mode in Mode]: Posture } = {
  starting: {
    registrar: 'relay',
    calls: 'primary',
    alarm: 'none',
    dwell: 'until the first verdict of the probes, 10 s at most',
  },
  inline: { registrar: 'relay', calls: 'primary', alarm: 'none', dwell: 'until the path is lost' },
  survivable: {
    registrar: 'serve',
    calls: 'local',
    alarm: 'major',
    notice: limited,
    dwell: 'until the centre answers again',
  },
  returning: {
    registrar: 'serve',
    calls: 'local',
    alarm: 'minor',
    notice: limited,
    dwell:
      'until 10 good probes in a row, a healthy directory and 120 s (doubled per flap, to 15 min) of a stable path',
  },
  'forced-survivable': {
    registrar: 'serve',
    calls: 'local',
    alarm: 'minor',
    notice: limited,
    dwell: 'until released by hand',
  },
  'forced-inline': { registrar: 'relay', calls: 'primary', alarm: 'minor', dwell: 'until released by hand' },
};
