import type { HardwareEvent } from '../../src/tdm/index.js';
import { type Card, hasDriver } from './card-tree.js';
import { errno, errorName } from './kernel.js';
import { bareUsbCards, type KnownCard, knownPciCards } from './known-cards.js';
import type { Sysfs } from './sysfs.js';

export type Unusable = Extract<HardwareEvent, { readonly kind: 'unusable' }>;

/** What the control device says of what may be wrong: its result of open, zero and more where it is open. */
export type ControlResult = number;

/** Debian's names; on a kernel for virtual machines (`cloud`) there is no telephony. */
const driverPackages = 'sudo apt-get install dahdi dahdi-dkms "linux-headers-$(uname -r)"';
const firmwarePackage = 'dahdi-firmware-nonfree';

/** Everything that keeps cards from being used, with what a person has to do. Without the driver this says so even where no card is known. */
export function findLacks(sysfs: Sysfs, cards: readonly Card[], control: ControlResult): readonly Unusable[] {
  const driver = hasDriver(sysfs);
  const found = [...pciLacks(sysfs, driver), ...usbLacks(sysfs)];
  if (!driver && found.length === 0)
    found.push(unusable('any card', 'driver', `${driverPackages} && sudo modprobe dahdi`));
  if (driver && control < 0) found.push(controlLack(control));
  for (const card of cards) if (card.lines.length === 0) found.push(emptyCard(card));
  return found;
}

function controlLack(control: number): Unusable {
  if (control === -errno.EACCES || control === -errno.EPERM)
    return unusable(
      '/dev/dahdi/ctl',
      'rights',
      'let this user read and write /dev/dahdi: sudo usermod -a -G dialout USER, and SUBSYSTEM=="dahdi*", GROUP="dialout", MODE="0660" in a file of /etc/udev/rules.d',
    );
  return unusable('/dev/dahdi/ctl', 'driver', `sudo modprobe dahdi (${errorName(control)} at opening it)`);
}

/** Its module runs, but the card gave it no line: what it loads into the card is missing, or the card is broken. */
function emptyCard(card: Card): Unusable {
  const name = [card.manufacturer, card.type].filter((part) => part !== '').join(' ');
  return unusable(`${name || card.device} at ${card.location || card.device}`, 'firmware', firmwareHelp([]));
}

function pciLacks(sysfs: Sysfs, driver: boolean): Unusable[] {
  const path = 'sys/bus/pci/devices';
  return sysfs.list(path).flatMap((place) => {
    const id = (name: string) => sysfs.read(`${path}/${place}/${name}`)?.replace(/^0x/, '') ?? '';
    const known = knownPciCards.get(`${id('vendor')}:${id('device')}`);
    if (known === undefined || sysfs.link(`${path}/${place}/driver`) !== undefined) return [];
    const card = `${known.name} at PCI ${place}`;
    const loaded = sysfs.list(`sys/module/${known.module}`).length > 0;
    if (!driver) return [unusable(card, 'driver', `${driverPackages} && sudo modprobe ${known.module}`)];
    if (!loaded) return [unusable(card, 'driver', `sudo modprobe ${known.module} (it comes with dahdi-dkms)`)];
    // The module is there and let go of the card.
    const missing = known.firmware.filter((file) => !hasFirmware(sysfs, file));
    if (missing.length > 0) return [unusable(card, 'firmware', firmwareHelp(missing))];
    return [unusable(card, 'driver', `dmesg | grep ${known.module}: the driver gave this card up, and says there why`)];
  });
}

function usbLacks(sysfs: Sysfs): Unusable[] {
  const path = 'sys/bus/usb/devices';
  return sysfs.list(path).flatMap((place) => {
    const id = (name: string) => sysfs.read(`${path}/${place}/${name}`) ?? '';
    const known: KnownCard | undefined = bareUsbCards.get(`${id('idVendor')}:${id('idProduct')}`);
    return known === undefined
      ? []
      : [unusable(`${known.name} at USB ${place}`, 'firmware', firmwareHelp(known.firmware))];
  });
}

function hasFirmware(sysfs: Sysfs, file: string): boolean {
  return ['lib/firmware', 'usr/lib/firmware'].some((folder) => sysfs.list(folder).includes(file));
}

function firmwareHelp(files: readonly string[]): string {
  const what = files.length === 0 ? "the card's firmware (dmesg names the file)" : files.join(', ');
  return `${what} into /lib/firmware: sudo apt-get install ${firmwarePackage} (Debian's non-free-firmware), then plug the card in again or load its driver anew`;
}

function unusable(card: string, lacks: Unusable['lacks'], install: string): Unusable {
  return { kind: 'unusable', card, lacks, install };
}
