/**
 * A call is two legs and a bridge (ITU-T Q.931's words, Q.850's causes): hunting, early media, hold, transfer, races, record.
 * Floor 3; the interface `Leg` belongs to its user, so this folder imports no leg.
 */
export { Call } from './call.js';
export type { CallOptions, CallPorts, CallSummary, Routed, Surrendered } from './call-options.js';
export type { CallRecord, CallRecordStore, CallResume, LegResume, SideQuality, StepRecord } from './call-record.js';
export { isCallResume, type ResumedEnd, type Resumption } from './call-resume.js';
export { type CallAction, type CallEvent, type CallState, callTable } from './call-table.js';
export type { HuntStep, StepFailure } from './hunt-step.js';
export { huntTable } from './hunt-table.js';
export type {
  Answerer,
  CallSetup,
  ConnectedParty,
  DigitSaid,
  Leg,
  LegAbilities,
  LegCommand,
  LegContinuation,
  LegEvent,
  LegQuality,
  LegReleased,
  Party,
  ReleaseCommand,
  TransferResult,
  TransferTarget,
  Unreachable,
} from './leg.js';
