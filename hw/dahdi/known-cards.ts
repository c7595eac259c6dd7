/** A card that DAHDI has a driver for, by its ids on the bus (the drivers' own tables in dahdi-linux 2.11.1). */
export interface KnownCard {
  readonly module: string;
  readonly name: string;
  /** Files that the driver loads into it, without which it does not work; [] where it has its own. */
  readonly firmware: readonly string[];
}

const digium = 'd161';
const tiger = 'e159';
/** Xorcom's Astribank over USB: without its firmware it has another product number than with it. */
const xorcom = 'e4e4';

type Row = readonly [id: string, module: string, name: string, firmware?: string];

const pci: readonly Row[] = [
  [`${digium}:800a`, 'wcte13xp', 'Digium TE131F/TE133', 'dahdi-fw-te133.bin'],
  [`${digium}:800b`, 'wcte13xp', 'Digium TE132F/TE134', 'dahdi-fw-te134.bin'],
  [`${digium}:800e`, 'wcte43x', 'Digium TE435/TE436/TE235/TE236', 'dahdi-fw-te435.bin'],
  [`${digium}:8013`, 'wcte43x', 'Digium TE435/TE436/TE235/TE236', 'dahdi-fw-te436.bin'],
  [`${digium}:0120`, 'wcte12xp', 'Digium TE120P'],
  [`${digium}:8000`, 'wcte12xp', 'Digium TE121'],
  [`${digium}:8001`, 'wcte12xp', 'Digium TE122'],
  [`${digium}:1820`, 'wct4xxp', 'Digium TE820', 'dahdi-fw-te820.bin'],
  [`${digium}:1420`, 'wct4xxp', 'Digium TE420'],
  [`${digium}:1410`, 'wct4xxp', 'Digium TE410P'],
  [`${digium}:1405`, 'wct4xxp', 'Digium TE405P'],
  [`${digium}:0420`, 'wct4xxp', 'Digium TE420'],
  [`${digium}:0410`, 'wct4xxp', 'Digium TE410P'],
  [`${digium}:0405`, 'wct4xxp', 'Digium TE405P'],
  [`${digium}:1220`, 'wct4xxp', 'Digium TE220'],
  [`${digium}:1210`, 'wct4xxp', 'Digium TE210P'],
  [`${digium}:1205`, 'wct4xxp', 'Digium TE205P'],
  [`${digium}:0220`, 'wct4xxp', 'Digium TE220'],
  [`${digium}:0210`, 'wct4xxp', 'Digium TE210P'],
  [`${digium}:0205`, 'wct4xxp', 'Digium TE205P'],
  ['10ee:0314', 'wct4xxp', 'Digium TE410P/TE405P'],
  [`${digium}:2400`, 'wctdm24xxp', 'Digium TDM2400P'],
  [`${digium}:0800`, 'wctdm24xxp', 'Digium TDM800P'],
  [`${digium}:8002`, 'wctdm24xxp', 'Digium AEX800'],
  [`${digium}:8003`, 'wctdm24xxp', 'Digium AEX2400'],
  [`${digium}:8005`, 'wctdm24xxp', 'Digium TDM410'],
  [`${digium}:8006`, 'wctdm24xxp', 'Digium AEX410'],
  [`${digium}:8007`, 'wctdm24xxp', 'Digium HA8-0000', 'dahdi-fw-hx8.bin'],
  [`${digium}:8008`, 'wctdm24xxp', 'Digium HB8-0000', 'dahdi-fw-hx8.bin'],
  [`${digium}:800c`, 'wcaxx', 'Digium A8A', 'dahdi-fw-a8a.bin'],
  [`${digium}:800d`, 'wcaxx', 'Digium A8B', 'dahdi-fw-a8b.bin'],
  [`${digium}:800f`, 'wcaxx', 'Digium A4A', 'dahdi-fw-a4a.bin'],
  [`${digium}:8010`, 'wcaxx', 'Digium A4B', 'dahdi-fw-a4b.bin'],
  [`${digium}:b410`, 'wcb4xxp', 'Digium B410P'],
  [`${tiger}:0001`, 'wctdm', 'Digium TDM400P, or another card with a TigerJet chip'],
];

const usb: readonly Row[] = ['1130', '1140', '1150', '1160'].map((product) => [
  `${xorcom}:${product}`,
  'xpp_usb',
  'Xorcom Astribank',
  'USB_FW.hex',
]);

function table(rows: readonly Row[]): ReadonlyMap<string, KnownCard> {
  return new Map(
    rows.map(([id, module, name, firmware]) => [
      id,
      { module, name, firmware: firmware === undefined ? [] : [firmware] },
    ]),
  );
}

/** By `vendor:device`, four hexadecimal digits each. */
export const knownPciCards = table(pci);
/** By `vendor:product`; those that have no firmware yet. */
export const bareUsbCards = table(usb);
