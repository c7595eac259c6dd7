/** What a telephone's screen shows. */
export interface ShownCaller {
  readonly number?: string;
  readonly name?: string;
  /** The lamp for messages that wait, where the data was about it. */
  readonly lamp?: boolean;
}

const [numberType, absentType, nameType, lampType] = [0x02, 0x04, 0x07, 0x0b];

/** The exchange's modem: MDMF of GR-30-CORE as bits. Written apart from the product's, so that each checks the other. */
export function modulate(number: string | undefined, name: string | undefined): Uint8Array {
  const body: number[] = [];
  const field = (type: number, text: string) => body.push(type, text.length, ...Buffer.from(text, 'latin1'));
  field(number === undefined ? absentType : numberType, number ?? 'P');
  if (name !== undefined) field(nameType, name);
  const bytes = [0x80, body.length, ...body];
  bytes.push(256 - (bytes.reduce((sum, byte) => sum + byte, 0) % 256));
  const seizure = Array.from({ length: 300 }, (_, i) => i % 2);
  const mark = Array.from({ length: 180 }, () => 1);
  const data = bytes.flatMap((byte) => [0, ...[0, 1, 2, 3, 4, 5, 6, 7].map((bit) => (byte >> bit) & 1), 1]);
  return Uint8Array.from([...seizure, ...mark, ...data, 1, 1]);
}

/** The telephone's modem. Undefined for anything that is not whole and right. */
export function demodulate(bits: Uint8Array): ShownCaller | undefined {
  const start = Buffer.from(bits).indexOf(Buffer.alloc(40, 1));
  if (start < 0) return undefined;
  const bytes: number[] = [];
  let at = Buffer.from(bits).indexOf(0, start);
  for (; at >= 0 && at + 10 <= bits.length && bits[at] === 0; at += 10) {
    if (bits[at + 9] !== 1) return undefined;
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) byte += (bits[at + 1 + bit] ?? 0) * 2 ** bit;
    bytes.push(byte);
  }
  const [type, length = 0] = bytes;
  if ((type !== 0x80 && type !== 0x82) || bytes.length !== length + 3) return undefined;
  if (bytes.reduce((sum, byte) => sum + byte, 0) % 256 !== 0) return undefined;
  let shown: ShownCaller = {};
  for (let i = 2; i < bytes.length - 1; i += 2 + (bytes[i + 1] ?? 0)) {
    const value = bytes.slice(i + 2, i + 2 + (bytes[i + 1] ?? 0));
    const text = Buffer.from(value).toString('latin1');
    if (bytes[i] === numberType) shown = { ...shown, number: text };
    if (bytes[i] === nameType) shown = { ...shown, name: text };
    if (bytes[i] === lampType) shown = { ...shown, lamp: value[0] === 0xff };
  }
  return shown;
}
