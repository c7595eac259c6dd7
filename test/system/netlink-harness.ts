/**
 * Runs one NetlinkWatch in the namespace in which it is started and prints what it sees, one JSON object a line:
 * {at, state} for each state, {at, health} whenever the child changes. Ends with its standard input.
 */

import { systemClock } from '../../appliance/io/index.js';
import { NetlinkWatch } from '../../appliance/netlink/index.js';
import { silentLog } from '../../src/base/index.js';

const name = process.argv[2];
if (name === undefined) throw new Error('netlink-harness INTERFACE');

const print = (fields: object) => process.stdout.write(`${JSON.stringify({ at: Date.now(), ...fields })}\n`);
const watch = new NetlinkWatch({ clock: systemClock, log: silentLog, interface: name });
watch.on((state) => print({ state }));
watch.start();

let known = '';
const health = setInterval(() => {
  const text = JSON.stringify(watch.health);
  if (text === known) return;
  known = text;
  print({ health: watch.health });
}, 5);

process.stdin.resume().on('end', () => {
  clearInterval(health);
  watch.stop().then(() => print({ stopped: true }));
});
