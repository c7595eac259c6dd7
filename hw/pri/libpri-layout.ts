import koffi from 'koffi';

/**
 * The structures of libpri.h (1.6) that are read or written here, field by field in its order. The test of this file holds them against
 * the header by the C compiler.
 */

const text = (length: number) => koffi.array('char', length, 'String');

export const partyName = koffi.struct('pri_party_name', {
  valid: 'int',
  presentation: 'int',
  char_set: 'int',
  str: text(64),
});

export const partyNumber = koffi.struct('pri_party_number', {
  valid: 'int',
  presentation: 'int',
  plan: 'int',
  str: text(64),
});

const partySubaddress = koffi.struct('pri_party_subaddress', {
  valid: 'int',
  type: 'int',
  odd_even_indicator: 'int',
  length: 'int',
  data: koffi.array('uchar', 32),
});

export const partyId = koffi.struct('pri_party_id', {
  name: partyName,
  number: partyNumber,
  subaddress: partySubaddress,
});

export const connectedLine = koffi.struct('pri_party_connected_line', { id: partyId });

export const redirecting = koffi.struct('pri_party_redirecting', {
  from: partyId,
  to: partyId,
  orig_called: partyId,
  count: 'int',
  orig_reason: 'int',
  reason: 'int',
});

/** `subcmds` points to `int` and up to eight of these. */
export const subcommand = koffi.struct('pri_subcommand', {
  cmd: 'int',
  u: koffi.union('pri_subcommand_union', {
    // The largest member sets the size; the price list of an advice of charge is it, and is not read here.
    largest: koffi.array('long', 103),
    connected_line: connectedLine,
    redirecting,
  }),
});

export const subcommandsOffset = 8;
export const subcommandsMost = 8;

export const generic = koffi.struct('pri_event_generic_head', { e: 'int' });

export const restart = koffi.struct('pri_event_restart', { e: 'int', channel: 'int' });

export const configurationError = koffi.struct('pri_event_error', { e: 'int', err: text(256) });

/** ALERTING and CONNECT. */
export const ringing = koffi.struct('pri_event_ringing', {
  e: 'int',
  channel: 'int',
  cref: 'int',
  progress: 'int',
  progressmask: 'int',
  call: 'void *',
  useruserinfo: text(260),
  subcmds: 'void *',
});

export const ring = koffi.struct('pri_event_ring', {
  e: 'int',
  channel: 'int',
  callingpres: 'int',
  callingplanani: 'int',
  callingplan: 'int',
  callingani: text(256),
  callingnum: text(256),
  callingname: text(256),
  calledplan: 'int',
  ani2: 'int',
  callednum: text(256),
  redirectingnum: text(256),
  redirectingname: text(256),
  redirectingreason: 'int',
  callingplanrdnis: 'int',
  useruserinfo: text(260),
  flexible: 'int',
  cref: 'int',
  ctype: 'int',
  layer1: 'int',
  complete: 'int',
  call: 'void *',
  callingsubaddr: text(256),
  progress: 'int',
  progressmask: 'int',
  origcalledname: text(256),
  origcallednum: text(256),
  callingplanorigcalled: 'int',
  origredirectingreason: 'int',
  reversecharge: 'int',
  subcmds: 'void *',
  calling: partyId,
  called_subaddress: partySubaddress,
  keypad_digits: text(64),
});

export const hangup = koffi.struct('pri_event_hangup', {
  e: 'int',
  channel: 'int',
  cause: 'int',
  cref: 'int',
  call: 'void *',
  aoc_units: 'long',
  useruserinfo: text(260),
  subcmds: 'void *',
  call_held: 'void *',
  call_active: 'void *',
});

/** CALL PROCEEDING and PROGRESS. */
export const proceeding = koffi.struct('pri_event_proceeding', {
  e: 'int',
  channel: 'int',
  cref: 'int',
  progress: 'int',
  progressmask: 'int',
  cause: 'int',
  call: 'void *',
  subcmds: 'void *',
});

export const setupAck = koffi.struct('pri_event_setup_ack', {
  e: 'int',
  channel: 'int',
  call: 'void *',
  subcmds: 'void *',
  progressmask: 'int',
});

export const keypadDigit = koffi.struct('pri_event_keypad_digit', {
  e: 'int',
  channel: 'int',
  call: 'void *',
  digits: text(64),
  subcmds: 'void *',
});

export const service = koffi.struct('pri_event_service', { e: 'int', channel: 'int', changestatus: 'int' });

/**
 * How a call begins: its D-channel and that one's data link. Not in libpri.h: whoever uses it looks first whether it holds.
 * libpri moves a call to another D-channel of an NFAS group only when a message of that call comes in there.
 */
export const callHead = koffi.array('void *', 2, 'Array');

export const timeval = koffi.struct('timeval', { tv_sec: 'int64', tv_usec: 'int64' });
