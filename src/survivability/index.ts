/**
 * Floor 3: who serves the branch. One table mode × trigger → mode, one list mode → posture, run by {@link Survivability};
 * the pages that show them are drawn from the same table. Modes govern new calls only. Takes `wan`'s fault classes.
 */
export { type ModeAction, type ModeTrigger, modeTable } from './mode-table.js';
export { type Mode, modeNames, modes, type Posture, postures } from './posture.js';
export { type HoldDown, Survivability, type SurvivabilityOptions, type SurvivabilityTable } from './survivability.js';
export {
  defaultSurvivabilitySettings,
  type SurvivabilitySettings,
  survivabilitySettingNotes,
} from './survivability-settings.js';
export { type ModeRow, modeDiagram, modePage, modeRows } from './table-page.js';
export type { TimelineEntry, TimelineKind, TimelineStore } from './timeline.js';
