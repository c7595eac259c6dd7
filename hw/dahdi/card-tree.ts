import type { Sysfs } from './sysfs.js';

/** A line of a card that the driver knows and that has a number: its channels can be opened. */
export interface AssignedSpan {
  /** The kernel's number; it says nothing of where the card is. */
  readonly number: number;
  /** Another when the span went and came back, whatever its number. */
  readonly instance: string;
  /** Place on its card, from 1. */
  readonly local: number;
  /** As the driver names it: `T1`, `E1`, `J1`, `FXS`, `FXO`, `ANALOG_MIXED`, `DYNAMIC`, `BRI_NT` … */
  readonly type: string;
  readonly name: string;
  readonly text: string;
  readonly digital: boolean;
  readonly line: string;
  /** Framings and codings that it can be set to: `ESF`, `CCS` … */
  readonly lineChoices: readonly string[];
  readonly alarms: number;
  /** The one whose clock drives the driver. */
  readonly master: boolean;
  readonly channels: readonly AssignedChannel[];
}

export interface AssignedChannel {
  /** In the whole kernel; what `/dev/dahdi/channel` is told. */
  readonly number: number;
  /** In its span, from 1. */
  readonly place: number;
  readonly signalling: string;
  /** Names as the driver has them: `FXOKS`, `E&M`, `Clear` … Empty: a socket without a module, or a time slot that is taken. */
  readonly choices: readonly string[];
  readonly inUse: boolean;
  readonly alarms: string;
}

/** A `dahdi_device`. */
export interface Card {
  /** Its name in sysfs, e.g. `pci:0000:02:08.0`. */
  readonly device: string;
  /** Its serial number, where it has one. */
  readonly hardwareId: string;
  readonly location: string;
  readonly type: string;
  readonly manufacturer: string;
  /** Changes when the card comes back. */
  readonly registered: string;
  /** All its lines, whether they have a number or not. */
  readonly lines: readonly { readonly local: number; readonly type: string }[];
  readonly spans: readonly AssignedSpan[];
  /** What names the card in ids: serial number, else place, else device. */
  readonly key: string;
}

const cardsPath = 'sys/bus/dahdi_devices/devices';
const spansPath = 'sys/bus/dahdi_spans/devices';

/** Whether the kernel has the driver at all. */
export function hasDriver(sysfs: Sysfs): boolean {
  return sysfs.list('sys/bus/dahdi_devices').length > 0;
}

/** All cards that the driver knows, by their places in sysfs. */
export function readCards(sysfs: Sysfs): readonly Card[] {
  const spans = sysfs
    .list(spansPath)
    .filter((name) => /^span-\d+$/.test(name))
    .map((name) => ({ card: cardOf(sysfs, name), span: readSpan(sysfs, name) }));
  const cards = sysfs.list(cardsPath).map((device) => {
    const attribute = (name: string) => sysfs.read(`${cardsPath}/${device}/${name}`)?.trim() ?? '';
    const types = sysfs.read(typesPath(sysfs, device)) ?? '';
    return {
      device,
      hardwareId: attribute('hardware_id'),
      location: attribute('location'),
      type: attribute('type'),
      manufacturer: attribute('manufacturer'),
      registered: attribute('dahdi_registration_time') || attribute('registration_time'),
      lines: [...types.matchAll(/^(\d+):(\S+)/gm)].map(([, local, type]) => ({
        local: Number(local),
        type: type ?? '',
      })),
      spans: spans
        .filter(({ card }) => card === device)
        .map(({ span }) => span)
        .sort((one, other) => one.local - other.local),
    };
  });
  const named = cards.map((card) => ({ ...card, key: keyText(card.hardwareId || card.location || card.device) }));
  // Two cards that call themselves the same are told apart by where they sit.
  const twice = (key: string) => named.filter((card) => card.key === key).length > 1;
  return named.map((card) => (twice(card.key) ? { ...card, key: keyText(card.device) } : card));
}

/** Where the types of a card's lines are read and set; its name changed with Linux 4.13. */
export function typesPath(sysfs: Sysfs, device: string): string {
  const name = sysfs.list(`${cardsPath}/${device}`).includes('spantype') ? 'spantype' : 'dahdi_spantype';
  return `${cardsPath}/${device}/${name}`;
}

export function assignPath(device: string): string {
  return `${cardsPath}/${device}/assign_span`;
}

export function unassignPath(device: string): string {
  return `${cardsPath}/${device}/unassign_span`;
}

/** An id has no blanks, and colons only before a channel's place. */
function keyText(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '');
}

function cardOf(sysfs: Sysfs, span: string): string {
  return sysfs.link(`${spansPath}/${span}/ddev`)?.split('/').at(-1) ?? '';
}

function readSpan(sysfs: Sysfs, name: string): AssignedSpan {
  const attribute = (each: string) => sysfs.read(`${spansPath}/${name}/${each}`)?.trim() ?? '';
  return {
    number: Number(name.slice('span-'.length)),
    instance: sysfs.instance(`${spansPath}/${name}`),
    local: Number(attribute('local_spanno')),
    type: attribute('spantype'),
    name: attribute('name'),
    text: attribute('desc'),
    digital: attribute('is_digital') === '1',
    line: attribute('lineconfig'),
    lineChoices: words(attribute('linecompat')),
    alarms: Number(attribute('alarms')) || 0,
    master: attribute('is_sync_master') === '1',
    channels: sysfs
      .list(`${spansPath}/${name}`)
      .filter((each) => each.startsWith('dahdi!'))
      .map((each) => readChannel(sysfs, `${spansPath}/${name}/${each}`))
      .sort((one, other) => one.place - other.place),
  };
}

function readChannel(sysfs: Sysfs, path: string): AssignedChannel {
  const attribute = (each: string) => sysfs.read(`${path}/${each}`)?.trim() ?? '';
  return {
    number: Number(attribute('channo')),
    place: Number(attribute('chanpos')),
    signalling: attribute('sig'),
    // One name has a blank in it.
    choices: words(attribute('sigcap').replace('SF (ToneOnly)', 'SF').replace('Hardware-assisted HDLC', 'HARDHDLC')),
    inUse: attribute('in_use') === '1',
    alarms: attribute('alarms'),
  };
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
