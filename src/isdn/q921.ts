/** A frame of the D-channel's data link (Q.921 §2), without flags and check sequence. */
export interface Q921Frame {
  readonly sapi: number;
  readonly tei: number;
  /** The C/R bit as it stands. */
  readonly command: boolean;
  readonly pollFinal: boolean;
  /** `I`, `RR`, `RNR`, `REJ`, `SABME`, `DM`, `UI`, `DISC`, `UA`, `FRMR`, `XID`. */
  readonly type: string;
  /** Send and receive sequence numbers, where the type has them. */
  readonly ns?: number;
  readonly nr?: number;
  readonly information: Uint8Array;
}

const supervisory = ['RR', 'RNR', 'REJ'] as const;
/** Unnumbered frames by their modifier bits (Q.921 table 5). */
const unnumbered: ReadonlyMap<number, string> = new Map([
  [0x6f, 'SABME'],
  [0x0f, 'DM'],
  [0x03, 'UI'],
  [0x43, 'DISC'],
  [0x63, 'UA'],
  [0x87, 'FRMR'],
  [0xaf, 'XID'],
]);

/** Reads a frame; the error says what is wrong with it. */
export function decodeQ921(bytes: Uint8Array): Q921Frame | { readonly fault: string } {
  const [high, low, control] = bytes;
  if (high === undefined || low === undefined || control === undefined) return { fault: 'shorter than three octets' };
  // EA bits (Q.921 §3.2): 0 in the first octet of the address, 1 in the second.
  if ((high & 1) !== 0 || (low & 1) !== 1) return { fault: 'no address of two octets' };
  const address = { sapi: high >> 2, tei: low >> 1, command: (high & 2) !== 0 };
  if ((control & 3) === 3) {
    const type = unnumbered.get(control & ~0x10);
    if (type === undefined) return { fault: `unknown control field 0x${control.toString(16)}` };
    return { ...address, type, pollFinal: (control & 0x10) !== 0, information: bytes.subarray(3) };
  }
  const second = bytes[3];
  if (second === undefined) return { fault: 'control field cut off' };
  const numbered = { ...address, pollFinal: (second & 1) !== 0, nr: second >> 1, information: bytes.subarray(4) };
  if ((control & 1) === 0) return { ...numbered, type: 'I', ns: control >> 1 };
  const type = supervisory[(control >> 2) & 3];
  if (type === undefined || control >> 4 !== 0) return { fault: `unknown control field 0x${control.toString(16)}` };
  return { ...numbered, type };
}
