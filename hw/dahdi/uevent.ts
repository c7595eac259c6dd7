/** What the kernel says when a device comes or goes: `add@/devices/…` and `NAME=value` texts, each ended by a zero. */
export interface Uevent {
  readonly action: string;
  readonly subsystem: string;
  readonly path: string;
}

/** Of one datagram; undefined for what is none (udev speaks on the same socket family). */
export function parseUevent(bytes: Uint8Array): Uevent | undefined {
  const [head = '', ...rest] = Buffer.from(bytes).toString('latin1').split('\0');
  const [, action, path] = /^([a-z]+)@(\/.*)$/.exec(head) ?? [];
  if (action === undefined || path === undefined) return undefined;
  const subsystem = rest.find((each) => each.startsWith('SUBSYSTEM='))?.slice('SUBSYSTEM='.length) ?? '';
  return { action, subsystem, path };
}

/** Whether it says anything of telephony: the buses of DAHDI, and those that cards sit on. */
export function concernsCards({ subsystem }: Uevent): boolean {
  return subsystem === 'dahdi_devices' || subsystem === 'dahdi_spans';
}
