/**
 * Floor 4: a whole branch, joined from registrar, path monitor, modes, routing and calls, over ports only.
 * `appliance/main.ts` gives it the world; `test/sim` gives it a simulated one.
 */
export { Branch } from './branch.js';
export type { ArrivingCall, BranchOptions, BranchPorts, LegFactory, LineCall } from './ports.js';
export type { BranchStatus, PhoneStatus, TrunkStatusLine } from './status.js';
export { type Half, outerHalves } from './twins.js';
