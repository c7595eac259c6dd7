/**
 * Floor 5: the process that owns the line cards. It passes signals, orders and calls between them and one controller at a time, over a
 * private socket, and keeps a process that speaks Q.921 and Q.931 for each D-channel. Cards of whatever backend: its main chooses.
 */
export {
  DChannelGroup,
  type DChannelGroupOptions,
  type DChannelProcess,
  type LaunchDChannel,
} from './d-channel-group.js';
export { groupTable } from './group-table.js';
export { type CommandFault, readLineCommand } from './line-command-reader.js';
export { LineServer, type LineServerOptions } from './line-server.js';
export { priLauncher } from './pri-process.js';
