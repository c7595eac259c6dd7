/** One information element as it stands (Q.931 §4.5.1). */
export interface InformationElement {
  /** Codeset in force, 0-7 (Q.931 §4.5.2). */
  readonly codeset: number;
  /** The identifier octet; of single-octet elements the whole octet. */
  readonly identifier: number;
  readonly content: Uint8Array;
}

/** A layer 3 message (Q.931 §4.1; protocol discriminator 3: maintenance of AT&T TR 41459 and NI-2). */
export interface Q931Message {
  readonly discriminator: number;
  /** 0 is the global (or, of no length, dummy) call reference. */
  readonly callReference: number;
  /** 1: the message comes from the side to which the call reference belongs not. */
  readonly fromDestination: boolean;
  readonly type: number;
  readonly elements: readonly InformationElement[];
  /** What is wrong with the elements, where reading them ended early. */
  readonly cut?: string;
}

/** Message types (Q.931 table 4-2). */
export const messageNames: ReadonlyMap<number, string> = new Map([
  [0x01, 'ALERTING'],
  [0x02, 'CALL PROCEEDING'],
  [0x03, 'PROGRESS'],
  [0x05, 'SETUP'],
  [0x07, 'CONNECT'],
  [0x0d, 'SETUP ACKNOWLEDGE'],
  [0x0f, 'CONNECT ACKNOWLEDGE'],
  [0x20, 'USER INFORMATION'],
  [0x24, 'HOLD'],
  [0x28, 'HOLD ACKNOWLEDGE'],
  [0x30, 'HOLD REJECT'],
  [0x31, 'RETRIEVE'],
  [0x33, 'RETRIEVE ACKNOWLEDGE'],
  [0x37, 'RETRIEVE REJECT'],
  [0x45, 'DISCONNECT'],
  [0x46, 'RESTART'],
  [0x4d, 'RELEASE'],
  [0x4e, 'RESTART ACKNOWLEDGE'],
  [0x5a, 'RELEASE COMPLETE'],
  [0x60, 'SEGMENT'],
  [0x62, 'FACILITY'],
  [0x6e, 'NOTIFY'],
  [0x75, 'STATUS ENQUIRY'],
  [0x79, 'CONGESTION CONTROL'],
  [0x7b, 'INFORMATION'],
  [0x7d, 'STATUS'],
]);

/**
 * Maintenance messages by their protocol discriminator: 0x03 as 4ESS, 5ESS and DMS-100 write them (AT&T TR 41459, Nortel NIS A211-1),
 * 0x43 as National ISDN does: libpri 1.6 says and hears those two the other way round there.
 */
export const maintenanceNames: ReadonlyMap<number, ReadonlyMap<number, string>> = new Map([
  [
    0x03,
    new Map([
      [0x07, 'SERVICE ACKNOWLEDGE'],
      [0x0f, 'SERVICE'],
    ]),
  ],
  [
    0x43,
    new Map([
      [0x07, 'SERVICE'],
      [0x0f, 'SERVICE ACKNOWLEDGE'],
    ]),
  ],
]);

const q931Discriminator = 0x08;

/** Reads a message. Elements that are cut off are left out, and `cut` says so: the rest still counts (Q.931 §5.8). */
export function decodeQ931(bytes: Uint8Array): Q931Message | { readonly fault: string } {
  const [discriminator, lengthOctet] = bytes;
  if (discriminator === undefined || lengthOctet === undefined) return { fault: 'shorter than two octets' };
  if (discriminator !== q931Discriminator && !maintenanceNames.has(discriminator)) {
    return { fault: `unknown protocol discriminator 0x${discriminator.toString(16)}` };
  }
  const length = lengthOctet & 0x0f;
  const reference = bytes.subarray(2, 2 + length);
  const type = bytes[2 + length];
  if (reference.length < length || type === undefined) return { fault: 'cut off in the call reference' };
  let callReference = 0;
  for (const [index, octet] of reference.entries()) {
    callReference = callReference * 256 + (index === 0 ? octet & 0x7f : octet);
  }
  return {
    discriminator,
    callReference,
    fromDestination: ((reference[0] ?? 0) & 0x80) !== 0,
    type,
    ...decodeElements(bytes.subarray(3 + length)),
  };
}

function decodeElements(bytes: Uint8Array): Pick<Q931Message, 'elements' | 'cut'> {
  const elements: InformationElement[] = [];
  let locked = 0;
  let once: number | undefined;
  for (let at = 0; at < bytes.length; ) {
    const identifier = bytes[at] ?? 0;
    if ((identifier & 0xf0) === 0x90) {
      // Shift (Q.931 §4.5.3, §4.5.4): bit 4 set means for the next element only.
      if ((identifier & 0x08) !== 0) once = identifier & 7;
      else locked = identifier & 7;
      at++;
      continue;
    }
    const codeset = once ?? locked;
    once = undefined;
    if ((identifier & 0x80) !== 0) {
      elements.push({ codeset, identifier, content: new Uint8Array() });
      at++;
      continue;
    }
    const length = bytes[at + 1];
    const content = bytes.subarray(at + 2, at + 2 + (length ?? 0));
    if (length === undefined || content.length < length) {
      return { elements, cut: `element 0x${identifier.toString(16)} is cut off` };
    }
    elements.push({ codeset, identifier, content });
    at += 2 + length;
  }
  return { elements };
}
