/**
 * Floor 3: the way to the centre. SIP OPTIONS probes (RFC 3261 §11) on the live flow, link events, fault classes and the
 * path's status, which feeds `survivability`. No socket: `Prober` and `LinkEvents` are ports.
 */
export { type LinkDefect, type LinkEvents, type LinkState, linkDefects } from './link-state.js';
export { PathMonitor, type PathMonitorOptions } from './path-monitor.js';
export {
  type FaultClass,
  faultNames,
  type PathEvent,
  type PathStatus,
  type TargetStatus,
} from './path-status.js';
export type { ProbeOutcome, Prober } from './prober.js';
export { type TargetState, targetTable } from './target-table.js';
export { defaultWanSettings, type SettingNote, type WanSettings, wanSettingNotes } from './wan-settings.js';
