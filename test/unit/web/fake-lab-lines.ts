import type { LabLines } from '../../../appliance/web/index.js';

/** Two analog telephones on hook, and an idle T1. */
export function quietLabLines(): LabLines {
  const telephone = (channel: string, extension: string, name: string) => ({
    ...{
      channel,
      extension,
      name,
      did: `+1312555020${extension.at(-1)}`,
      plugged: true,
      lifted: false,
      ringing: false,
    },
    ...{ hears: '', lamp: false, shown: { number: '', name: '' } },
  });
  const slots = Array.from({ length: 23 }, (_, at) => ({
    ...{ slot: at + 1, number: '', direction: undefined, hears: '' },
    state: 'idle' as const,
  }));
  return {
    telephones: [telephone('sim/0:1', '1005', 'Porter'), telephone('sim/0:2', '1006', 'Archive')],
    spans: [{ span: 'sim/1', plugged: true, alarms: [], dChannel: { up: true, lost: false }, slots }],
  };
}

/** One telephone talks to the PSTN, the other rings; an alarm stands. */
export function busyLabLines(): LabLines {
  const { telephones, spans } = quietLabLines();
  const [one, two] = telephones;
  const [span] = spans;
  if (one === undefined || two === undefined || span === undefined) return { telephones, spans };
  const talking = { state: 'talking', number: '3125550123', direction: 'out', hears: '“Porter speaking”' } as const;
  const ringing = { state: 'ringing', number: '3125550199', direction: 'in', hears: '' } as const;
  return {
    telephones: [
      { ...one, lifted: true, hears: '“this is 3125550123”', lamp: true },
      { ...two, ringing: true, shown: { number: '3125550199', name: 'LAB OUTSIDE CALLER' } },
    ],
    spans: [
      {
        ...span,
        alarms: ['yellow'],
        slots: span.slots.map((slot) => {
          if (slot.slot === 1) return { ...slot, ...ringing };
          if (slot.slot === 7) return { ...slot, state: 'outOfService' };
          return slot.slot === 23 ? { ...slot, ...talking } : slot;
        }),
      },
    ],
  };
}
