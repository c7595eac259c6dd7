/**
 * Every timer of the line machines, in milliseconds, and where it comes from; a site may set others. The documents of Telcordia,
 * TIA and ETSI were not at hand: section numbers in this folder are from memory throughout, values where it says so.
 */
export const lineTimes = {
  /** Idle after a release: ringing cannot be mistaken for the end of the call before (GR-506-CORE §4, from memory). */
  stationGuardMs: 300,
  /** An exchange's line after we hung up: it must see the disconnect (TIA-464 §5.4: 1.55 s at least with loop start). */
  officeGuardMs: 1600,
  /** A trunk after both ends are on hook (GR-506-CORE §11, TIA-464 §5.5: 750 ms, from memory). */
  trunkGuardMs: 800,

  /** Dial tone without a digit (GR-506-CORE §7, LSSGR: permanent signal time-out, 16-24 s). */
  firstDigitMs: 20_000,
  /** Partial dial (LSSGR: 16-24 s for the exchange; a branch's plan is shorter). */
  interDigitMs: 5000,
  /** A telephone rings no longer, whoever forgot it: the longest hunting that a configuration allows is shorter. */
  ringingMs: 240_000,
  /** Open switching interval (GR-506-CORE §4.5.2: 600 ms and more; TIA-464: up to 1 s). */
  openIntervalMs: 800,
  /** After battery is back a card needs this to tell the hook again. */
  hookSettleMs: 200,
  /** Reorder tone before the howler (LSSGR permanent signal treatment, from memory). */
  reorderMs: 30_000,
  /** Receiver-off-hook tone (GR-506-CORE §17: 40-60 s). */
  howlerMs: 60_000,
  /** Ground start: ring ground, and then no loop (GR-506-CORE §5, from memory). */
  groundSeizureMs: 4000,

  /** Ringing shorter is a ring pulse or noise; EN 300 659-1 §6.3.2: pulse alert 200-300 ms; shortest true ring 400 ms. */
  ringValidMs: 320,
  /** Longest silence of a cadence (6 s with GR-506-CORE §14) and some; then the caller has given up. */
  ringGapMs: 6500,
  /** We went off hook, and there is no current: dead line. */
  loopSeizureMs: 2000,
  /** Dial tone comes within 3 s for 98.5 % (GR-511-CORE); 10 s is a fault. */
  dialToneMs: 10_000,
  /** Where the card cannot hear dial tone, or the call is for help: dialled after this (TIA-968 practice: 3 s). */
  blindDialMs: 3000,
  /** A dead media engine or card never says that the digits are out. */
  diallingMs: 60_000,
  /** Nobody answers (ITU-T Q.118: 2-4 min). */
  answerMs: 240_000,
  /** Loss of loop current that ends a call (GR-506-CORE §4.5.2: 600 ms is sent; TIA-464 §5.4.6: 350 ms must do). */
  officeDisconnectMs: 350,
  /** Reversals just after an answer belong to it. */
  answerSettleMs: 600,

  /** E&M seizure is believed (TIA-464 §5.5: 35 ms and more). */
  seizureMs: 50,
  /** Seizure to wink (TIA-464 §5.5.2: 100 ms and more; Bellcore: 100-350 ms). */
  winkDelayMs: 150,
  /** Length of our wink (TIA-464 §5.5.2: 140-290 ms). */
  winkMs: 200,
  /** Longest off hook that is a wink (TIA-464 §5.5.2: 290 ms, and what a card adds). */
  longestWinkMs: 350,
  /** Immediate start: seizure to digits (TIA-464 §5.5.1: 65 ms at least after 150 ms of seizure). */
  startDelayMs: 220,
  /** Wink to digits (TIA-464 §5.5.2: 70 ms at least). */
  winkToDigitsMs: 100,
  /** Seizure without a wink (GR-506-CORE §11: 4-5 s). */
  winkWaitMs: 5000,
  /** Digits without the acknowledging wink (GR-690-CORE §6.13, from memory). */
  acknowledgeMs: 10_000,
  /** Emergency tandem: called digits, and no request for the calling number (TR-TSY-000350, from memory: 4-20 s). */
  identityRequestMs: 20_000,
  /** Request to calling number (TR-TSY-000350, from memory: 60-300 ms). */
  identityDelayMs: 150,
  /** Registers wait so long for a digit in MF (LSSGR: 16-24 s permanent, 8 s partial). */
  trunkFirstDigitMs: 16_000,
  trunkInterDigitMs: 5000,
  /** On hook that ends a call (GR-506-CORE §11: 210 ms and more; TIA-464 §5.5.4). */
  trunkDisconnectMs: 300,
  /** We hung up, the far end did not: the trunk is told blocked; it is used again when the far end is on hook. */
  clearingMs: 30_000,

  /** Call waiting: the telephone answers the alert with a digit (GR-30-CORE §2.5.3: 160 ms; EN 300 659-2). */
  alertAcknowledgeMs: 170,
  /** Alert tone on a line in use (GR-30-CORE §2.5.3: 80 ± 5 ms). */
  alertToneMs: 80,
  /** Acknowledgement to data (GR-30-CORE §2.5.3: 50-500 ms). */
  acknowledgeToDataMs: 60,
  /** The media engine never says that the data is out. */
  dataMs: 4000,
} as const;

export type LineTimes = { readonly [name in keyof typeof lineTimes]: number };
