/**
 * What a channel does with its line, named by what we are on it. DAHDI names each by the far end instead: its `fxoks`
 * is our `fxs-kewl`, because it signals as an FXO would.
 */
export type AnalogSignalling =
  /** We feed a telephone. */
  | 'fxs-loop'
  /** We feed the trunk of a PBX, which asks for its dial tone by grounding the ring lead. */
  | 'fxs-ground'
  /** Loop start, and we open the loop when the far end hangs up. */
  | 'fxs-kewl'
  /** We are the telephone on an exchange's line. */
  | 'fxo-loop'
  | 'fxo-ground'
  /** Loop start, and an opened loop is the far end's hang-up. */
  | 'fxo-kewl'
  | 'em-immediate'
  | 'em-wink'
  /** Feature group D: calling number ahead of the called one, both in MF, and a second wink. */
  | 'em-fgd'
  /** Emergency trunk: the calling number is sent when the far end asks for it. */
  | 'cama';
