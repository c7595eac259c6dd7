/**
 * Line cards by DAHDI, the kernel's telephony driver, behind `src/tdm`: discovery over sysfs and uevents, assignment, configuration and
 * line signals by ioctl, D-channel frames. Samples go to the media engine by a descriptor that is handed over. Floor 5.
 */
export { type AssignedChannel, type AssignedSpan, type Card, hasDriver, readCards } from './card-tree.js';
export { DahdiChannel, type DahdiChannelOptions } from './dahdi-channel.js';
export { DahdiHardware, type DahdiOptions } from './dahdi-hardware.js';
export { alarmsOf, DahdiSpan, type DahdiSpanOptions } from './dahdi-span.js';
export { HandOver } from './hand-over.js';
export { errno, errorName, type Kernel, type Readiness } from './kernel.js';
export { findLacks, type Unusable } from './lacks.js';
export { lineProblems, lineReport, lineTables } from './line-report.js';
export { type LineState, readLineState } from './line-state.js';
export { LinuxKernel } from './linux-kernel.js';
export { SpanCounts } from './span-counts.js';
export { FileSysfs, type Sysfs } from './sysfs.js';
export { parseUevent, type Uevent } from './uevent.js';
