/**
 * The lab branch: a simulated centre, phones and a telephone network that speak real SIP and RTP on loopback, and lines, so
 * that one Holdfast can be seen to survive. RFC 3261, RFC 3264, RFC 3515, RFC 3550. Floor 5.
 */

export type { LabCall, LabCommand, LabLines, LabPhone, LabSlot, LabState, LabTelephone } from '../io/index.js';
export { people, realm } from './account.js';
export { LabControlServer } from './control-server.js';
export { Lab, type LabOptions, type LabPorts } from './lab.js';
export { parseLabCommand } from './lab-command.js';
export { type LabAddresses, labConfiguration, labUsers } from './lab-files.js';
export { isSipApplication, type OpenSipServer } from './sip-application.js';
