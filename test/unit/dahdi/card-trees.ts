import type { Files } from './memory-sysfs.js';

/**
 * What the drivers of dahdi-linux 2.11.1 show of their cards, attribute by attribute (dahdi-sysfs.c, dahdi-sysfs-chan.c; names, places
 * and abilities from each driver's own source). Which files there are was compared with what the core really shows (recorded-tree.ts).
 */

const devices = 'sys/bus/dahdi_devices/devices';
const spans = 'sys/bus/dahdi_spans/devices';

/** The driver is loaded, and no card is there. */
export const driverAlone: Files = {
  'sys/bus/dahdi_devices/drivers_autoprobe': '1\n',
  'sys/bus/dahdi_spans/drivers_autoprobe': '1\n',
};

export interface CardPlan {
  readonly device: string;
  readonly hardwareId?: string;
  readonly location: string;
  readonly type: string;
  readonly manufacturer?: string;
  readonly registered?: string;
  /** `1:T1` …, one a line. */
  readonly types: readonly string[];
}

export function card(plan: CardPlan): Files {
  const path = `${devices}/${plan.device}`;
  return {
    ...driverAlone,
    [`${path}/manufacturer`]: `${plan.manufacturer ?? 'Digium'}\n`,
    [`${path}/type`]: `${plan.type}\n`,
    [`${path}/span_count`]: `${plan.types.length}\n`,
    [`${path}/hardware_id`]: `${plan.hardwareId ?? ''}\n`,
    [`${path}/location`]: `${plan.location}\n`,
    [`${path}/auto_assign`]: '',
    [`${path}/assign_span`]: '',
    [`${path}/unassign_span`]: '',
    [`${path}/dahdi_spantype`]: plan.types.map((each) => `${each}\n`).join(''),
    [`${path}/dahdi_registration_time`]: `${plan.registered ?? '0000000012.345678901'}\n`,
  };
}

export interface SpanPlan {
  readonly device: string;
  readonly number: number;
  readonly local: number;
  readonly type: string;
  readonly name: string;
  readonly text: string;
  readonly digital: boolean;
  readonly lineChoices?: string;
  readonly firstChannel: number;
  /** Abilities of each channel, in the driver's words. */
  readonly channels: readonly string[];
}

export function span(plan: SpanPlan): Files {
  const path = `${spans}/span-${plan.number}`;
  const channels = plan.channels.map((sigcap, place): Files => {
    const at = `${path}/dahdi!chan!${three(plan.number)}!${three(place + 1)}`;
    return {
      [`${at}/name`]: `${plan.name}/${place + 1}\n`,
      [`${at}/channo`]: `${plan.firstChannel + place}\n`,
      [`${at}/chanpos`]: `${place + 1}\n`,
      [`${at}/sig`]: 'Unconfigured\n',
      [`${at}/sigcap`]: `${sigcap}\n`,
      [`${at}/alarms`]: '\n',
      [`${at}/ec_factory`]: '\n',
      [`${at}/ec_state`]: '\n',
      [`${at}/blocksize`]: '0\n',
      [`${at}/chanmute`]: '0\n',
      [`${at}/in_use`]: '0\n',
    };
  });
  return {
    [`${path}/ddev`]: `-> ../../${plan.device}`,
    [`${path}/name`]: `${plan.name}\n`,
    [`${path}/desc`]: `${plan.text}\n`,
    [`${path}/spantype`]: `${plan.type}\n`,
    [`${path}/local_spanno`]: `${plan.local}\n`,
    [`${path}/alarms`]: '0x0\n',
    [`${path}/lbo`]: '0\n',
    [`${path}/syncsrc`]: '0\n',
    [`${path}/is_digital`]: plan.digital ? '1\n' : '0\n',
    [`${path}/is_sync_master`]: '0\n',
    [`${path}/basechan`]: `${plan.firstChannel}\n`,
    [`${path}/channels`]: `${plan.channels.length}\n`,
    [`${path}/lineconfig`]: '\n',
    [`${path}/linecompat`]: `${plan.lineChoices ?? ''}\n`,
    ...Object.assign({}, ...channels),
  };
}

function three(number: number): string {
  return String(number).padStart(3, '0');
}

/** wcaxx: FXS modules on the first two jacks, FXO on the third, an empty socket. */
export const analogPlan = {
  card: {
    device: 'pci:0000:05:00.0',
    hardwareId: '1A4A123456789',
    location: 'PCI Bus 05 Slot 01',
    type: 'Wildcard A4A (VPMOCT032)',
    types: ['1:ANALOG_MIXED'],
  },
  span: {
    device: 'pci:0000:05:00.0',
    number: 1,
    local: 1,
    type: 'ANALOG_MIXED',
    name: 'WCTDM/0',
    text: 'Wildcard A4A Board 1',
    digital: false,
    firstChannel: 1,
    channels: [
      'FXOLS FXOGS FXOKS E&M Clear SF (ToneOnly)',
      'FXOLS FXOGS FXOKS E&M Clear SF (ToneOnly)',
      'FXSLS FXSKS Clear SF (ToneOnly)',
      '',
    ],
  },
} as const satisfies { readonly card: CardPlan; readonly span: SpanPlan };

const t1Slot = 'FXSLS FXSGS FXSKS FXOLS FXOGS FXOKS E&M Clear SF (ToneOnly) CAS DACS+RBS MTP2';
const e1Slot = 'FXSLS FXSGS FXSKS FXOLS FXOGS FXOKS Clear CAS E&M-E1 DACS+RBS MTP2';

/** wcte13xp as T1. */
export const t1Plan = {
  card: {
    device: 'pci:0000:03:00.0',
    hardwareId: '1TE133F-A1234567',
    location: 'PCI Bus 03 Slot 01',
    type: 'Wildcard TE131F',
    types: ['1:T1'],
  },
  span: {
    device: 'pci:0000:03:00.0',
    number: 1,
    local: 1,
    type: 'T1',
    name: 'WCT13x/0',
    text: 'Wildcard TE131F Card 0',
    digital: true,
    lineChoices: 'D4 ESF AMI B8ZS',
    firstChannel: 1,
    channels: Array.from({ length: 24 }, () => t1Slot),
  },
} as const satisfies { readonly card: CardPlan; readonly span: SpanPlan };

/** wct4xxp, a card without a serial number, its second line as E1. */
export const e1Plan = {
  card: {
    device: 'pci:0000:04:08.0',
    location: 'Board ID Switch 0',
    type: 'Wildcard TE220 (4th Gen)',
    types: ['1:E1', '2:E1'],
  },
  span: {
    device: 'pci:0000:04:08.0',
    number: 2,
    local: 2,
    type: 'E1',
    name: 'TE2/0/2',
    text: 'T2XXP (PCI) Card 0 Span 2',
    digital: true,
    lineChoices: 'AMI CCS HDB3 CRC4',
    firstChannel: 32,
    channels: Array.from({ length: 31 }, (_, place) => (place === 15 ? 'Clear MTP2' : e1Slot)),
  },
} as const satisfies { readonly card: CardPlan; readonly span: SpanPlan };

/** A card on the PCI bus, as Linux shows it, before or without its driver. */
export function pciCard(place: string, vendor: string, device: string, bound = false): Files {
  const path = `sys/bus/pci/devices/${place}`;
  return {
    [`${path}/vendor`]: `0x${vendor}\n`,
    [`${path}/device`]: `0x${device}\n`,
    ...(bound ? { [`${path}/driver`]: '-> ../../../bus/pci/drivers/any' } : {}),
  };
}
