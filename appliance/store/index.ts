/**
 * What was acknowledged is on disk: one LevelDB database (package `level`) with group commit. Implements the stores of
 * src/registrar, src/call and src/survivability. Floor 5; the only folder that opens the database.
 */
export { CallRecords } from './call-records.js';
export type { Opening } from './database.js';
export { Store, type StoreHealth, type StoreOptions } from './store.js';
export { StoreError, type StoreErrorCode } from './store-error.js';
export { TimelineRecords } from './timeline-records.js';
