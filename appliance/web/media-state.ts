import type { MediaView } from './ports.js';

/** The media engine as the page and the terminal show it. */
export interface MediaState {
  /** The engine is there. */
  readonly up: boolean;
  /** Ports that calls have. */
  readonly ports: number;
  /** Of the engine's thread, 0-1. */
  readonly load: number;
  readonly packetsPerSecond: number;
  /** Engines that were replaced under live calls. */
  readonly replaced: number;
  /** Share of the packets that never came, since the controller started, 0-1. */
  readonly lossFraction: number;
  /** Packets that were not believed. */
  readonly refused: number;
  /** Estimated mean opinion score of live ports, 1-4.5: the mean and the least. */
  readonly mos?: { readonly mean: number; readonly least: number };
  readonly realTime: boolean;
}

/** Undefined where sound passes beside this box. */
export function mediaState(view: MediaView | undefined): MediaState | undefined {
  if (view === undefined) return undefined;
  const { health, totals } = view;
  const expected = totals.received + totals.lost;
  return {
    up: health.connected,
    ports: health.ports,
    load: health.pulse?.load ?? 0,
    packetsPerSecond: health.pulse?.packetsPerSecond ?? 0,
    replaced: health.replaced,
    lossFraction: expected === 0 ? 0 : totals.lost / expected,
    refused: Object.values(totals.refused).reduce((sum, count) => sum + count, 0),
    ...(totals.mos === undefined ? {} : { mos: totals.mos }),
    realTime: health.realTime,
  };
}
