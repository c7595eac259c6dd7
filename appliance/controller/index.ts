/**
 * Floor 5: what the controller needs of the world beside the store and the web: its arguments, the files that it follows,
 * its own address, and the connections to the SIP server, the media engine and the line process.
 */
export { followConfiguration, pathBeside } from './configuration-file.js';
export { type ContactAddress, contactAddress } from './contact-address.js';
export { type ControllerArguments, parseControllerArguments } from './controller-arguments.js';
export { LineLink, type LineLinkOptions } from './line-link.js';
export { LinkedDChannel } from './linked-d-channel.js';
export { LinkedLines, type LinkedLinesOptions } from './linked-lines.js';
export { LinkedSpan } from './linked-span.js';
export { type LocalNetwork, MediaAddresses, type MediaAddressesOptions } from './media-addresses.js';
export { MediaLink } from './media-link.js';
export { NamedProber } from './named-prober.js';
export { SipLink } from './sip-link.js';
export { UsersFile } from './users-file.js';
