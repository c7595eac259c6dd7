/**
 * Floor 5: the kernel's word on the WAN link, by rtnetlink(7). One netlink socket in a child process of its own; an event
 * is only a reason to look, and what is read on request is the truth. `NetlinkWatch` implements `LinkEvents` of `src/wan`.
 */
export type { NetlinkChild } from './child-process.js';
export { NetlinkWatch, type NetlinkWatchOptions } from './netlink-watch.js';
