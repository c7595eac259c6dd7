/**
 * Line cards by DAHDI, the kernel's telephony driver, behind `src/tdm`: discovery over sysfs and uevents, assignment, configuration and
 * line signals by ioctl, D-channel frames. Samples go to the media engine by a descriptor that is handed over. Floor 5.
 */
export { HandOver } from './hand-over.js';
export { errno, errorName, type Kernel, type Readiness } from './kernel.js';
export { LinuxKernel } from './linux-kernel.js';
