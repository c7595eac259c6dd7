// Printed by kernel-codes.c from DAHDI's user.h; do not edit.

/** ioctl numbers. */
export const requests = {
  specify: 0x4004da26,
  spanStatus: 0xc13ada0a,
  spanConfig: 0x4024da12,
  startUp: 0x4004da63,
  shutDown: 0x4004da64,
  channelConfig: 0x404cda13,
  attachEchoCanceller: 0x4014da3b,
  echoCanceller: 0x4008da21,
  getVersion: 0x80a0da39,
  loadZone: 0x4070da19,
  getParameters: 0xc088da05,
  setParameters: 0x4088da05,
  setBuffers: 0x4018da1b,
  flush: 0x4004da03,
  audioMode: 0x4004da20,
  getEvent: 0x8004da08,
  hook: 0x4004da07,
  setCadence: 0x4040da2a,
  dial: 0x4104da1f,
  setPolarity: 0x4004da5c,
  onHookTransfer: 0x4004da33,
  messageWaiting: 0xc004da5e,
  messageWaitingKind: 0x4004da5f,
  maintenance: 0x4008da0b,
} as const;

/** What DAHDI_GETEVENT answers; a decoded digit is a bit and its character. */
export const channelEvents = {
  none: 0,
  onHook: 1,
  ringOffHook: 2,
  winkFlash: 3,
  alarm: 4,
  noAlarm: 5,
  abort: 6,
  overrun: 7,
  badFcs: 8,
  dialComplete: 9,
  ringerOn: 10,
  ringerOff: 11,
  hookComplete: 12,
  pulseStart: 14,
  polarity: 17,
  ringBegin: 18,
  removed: 20,
  pulseDigit: 65536,
} as const;

/** Signalling of a channel, named by its far end as DAHDI does. */
export const signallingBits = {
  none: 0x0,
  fxsls: 0x2001,
  fxsgs: 0x2002,
  fxsks: 0x2004,
  fxols: 0x1008,
  fxogs: 0x1010,
  fxoks: 0x1020,
  em: 0x40,
  emE1: 0x20000,
  clear: 0x80,
  hdlcFcs: 0x380,
  hardHdlc: 0x80080,
} as const;

/** Framing and coding of a span. */
export const lineBits = {
  d4: 0x10,
  esf: 0x20,
  ami: 0x40,
  b8zs: 0x80,
  ccs: 0x100,
  hdb3: 0x200,
  crc4: 0x400,
} as const;

/** Alarms of a span, or of a channel. */
export const alarmBits = {
  recover: 0x1,
  loopback: 0x2,
  yellow: 0x4,
  red: 0x8,
  blue: 0x10,
  los: 0x100,
  lfa: 0x200,
  lmfa: 0x400,
} as const;

/** What DAHDI_HOOK is told. */
export const hookValues = {
  onHook: 0,
  offHook: 1,
  wink: 2,
  flash: 3,
  start: 4,
  ring: 5,
  ringOff: 6,
} as const;

/** Other values and limits. */
export const values = {
  eventWaiting: 500,
  muLaw: 1,
  aLaw: 2,
  policyImmediate: 0,
  flushSamples: 3,
  dialReplace: 2,
  mostCadence: 16,
  mostDialled: 256,
  mostBufferSpace: 32768,
  neonLamp: 4,
  localLoop: 1,
  noMaintenance: 0,
} as const;

/** Sizes and offsets, octets. */
export const structs = {
  spaninfo: {
    size: 314,
    spanno: 0,
    alarms: 64,
    bpvcount: 76,
    crc4count: 80,
    ebitcount: 84,
    fascount: 88,
    fecount: 92,
    errsec: 108,
    irqmisses: 112,
    syncsrc: 116,
    lineconfig: 136,
  },
  lineconfig: {
    size: 36,
    span: 0,
    lbo: 24,
    lineconfig: 28,
    sync: 32,
  },
  chanconfig: {
    size: 76,
    chan: 0,
    sigtype: 44,
    deflaw: 48,
    master: 52,
    idlebits: 56,
  },
  attachEchocan: {
    size: 20,
    chan: 0,
    echocan: 4,
  },
  echocanparams: {
    size: 8,
    tap_length: 0,
    param_count: 4,
  },
  versioninfo: {
    size: 160,
    version: 0,
    echo_canceller: 80,
  },
  toneZone: {
    size: 112,
    count: 0,
    zone: 4,
    ringcadence: 8,
    name: 72,
  },
  params: {
    size: 136,
    channo: 0,
    rxisoffhook: 20,
    rxhooksig: 36,
    winktime: 96,
    flashtime: 100,
    rxwinktime: 108,
    rxflashtime: 112,
    pulsebreaktime: 120,
    pulsemaketime: 124,
    pulseaftertime: 128,
    chan_alarms: 132,
  },
  bufferinfo: {
    size: 24,
    txbufpolicy: 0,
    rxbufpolicy: 4,
    numbufs: 8,
    bufsize: 12,
  },
  dialoperation: {
    size: 260,
    op: 0,
    dialstr: 4,
  },
  ringCadence: {
    size: 64,
  },
  maintinfo: {
    size: 8,
    spanno: 0,
    command: 4,
  },
} as const;
