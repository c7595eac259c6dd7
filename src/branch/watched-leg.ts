import type { Leg, LegEvent } from '../call/index.js';

/** `leg`, with `hear` told of each event just before its call is. */
export function watchedLeg(leg: Leg, hear: (event: LegEvent) => void): Leg {
  return {
    id: leg.id,
    get can() {
      return leg.can;
    },
    on: (listener) =>
      leg.on((event) => {
        hear(event);
        listener(event);
      }),
    do: (command) => leg.do(command),
    continuation: (answer) => leg.continuation?.(answer),
    quality: () => leg.quality?.(),
  };
}
