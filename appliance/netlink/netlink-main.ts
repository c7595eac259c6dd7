/**
 * Floor 6: main file of the netlink child. Argument: the interface's name. It lives and dies by its IPC channel, and any
 * trouble ends it: its parent replaces it, which is quicker and surer than mending node-netlink in place.
 */
import { systemClock } from '../io/index.js';
import type { ChildMessage } from './child-message.js';
import { followerTimes, LinkFollower } from './link-follower.js';
import { LinkReader } from './link-reader.js';
import { NetlinkUnusable, RouteSocket } from './route-socket.js';

function tell(message: ChildMessage, then?: () => void): void {
  // The channel may close under the message: the parent is gone then, and this process with it.
  if (process.connected) process.send?.(message, undefined, undefined, () => then?.());
  else then?.();
}

function end(message: ChildMessage): void {
  tell(message, () => process.exit(1));
}

process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => end({ kind: 'ending', why: error.message }));
// node-netlink warns twice of every kernel event.
console.warn = () => undefined;
// It says so here alone when its reading loop dies, as after an overrun (ENOBUFS); it would stay silent for ever.
console.error = (error: unknown) =>
  end({ kind: 'ending', why: `the socket died: ${error instanceof Error ? error.message : String(error)}` });

const name = process.argv[2];
if (name === undefined || process.send === undefined) {
  process.stderr.write('netlink-main INTERFACE: to be forked with an IPC channel\n');
  process.exit(2);
}

try {
  const socket = await RouteSocket.open();
  const follower = new LinkFollower({
    clock: systemClock,
    reader: new LinkReader(socket, name),
    times: followerTimes,
    onState: (state) => tell({ kind: 'state', state }),
    onAlive: () => tell({ kind: 'alive' }),
    onEnd: (why) => end({ kind: 'ending', why }),
  });
  socket.onNews(() => follower.news());
  follower.start();
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  end({ kind: error instanceof NetlinkUnusable ? 'unusable' : 'ending', why });
}
