/**
 * Call accounting (SMDR) and the message desk (SMDI) on their serial lines: each call's record and its printed line in one
 * commit, calls told to the desk, its orders done. Floor 5; lines and disk are given to it.
 */
export {
  type DeskLine,
  type DeskLineSettings,
  type SerialDesks,
  type SerialDesksOptions,
  startSerialDesks,
} from './serial-desks.js';
