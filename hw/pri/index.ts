/**
 * Primary rate ISDN by libpri (GPL-2.0, so always in a process of its own): Q.921 and Q.931 of NI-2, 5ESS, DMS-100, 4ESS,
 * EuroISDN and QSIG, user and network side, NFAS with a backup D. Floor 5.
 */
export { DChannel, type DChannelOptions, type FramePort } from './d-channel.js';
export { type Libpri, LibpriMissing, loadLibpri } from './libpri.js';
