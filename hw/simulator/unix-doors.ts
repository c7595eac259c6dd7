import { unlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { Log } from '../../src/base/index.js';
import type { SampleDoors, SampleLink, SampleListener } from './sample-bridge.js';

/** A reader that is so far behind (0.5 s of one channel) reads no more. */
const mostUnreadBytes = 4000;

/** Unix stream sockets in the file system. */
export function unixDoors(log: Log): SampleDoors {
  return {
    open(path, connected) {
      remove(path);
      const server = createServer((socket) => carry(socket, connected));
      server.on('error', (failure) => log.error('samples of a simulated channel', { path, failure }));
      server.listen({ path });
      return () => {
        server.close();
        remove(path);
      };
    },
  };
}

function carry(socket: Socket, connected: (link: SampleLink) => SampleListener): void {
  const listener = connected({
    write: (block) => {
      if (socket.writableLength > mostUnreadBytes) return false;
      socket.write(block);
      return true;
    },
    close: () => socket.destroy(),
  });
  socket.on('data', (bytes) => listener.bytes(bytes));
  // What ends the connection is of no interest: the engine comes back, or does not.
  socket.on('error', () => undefined);
  socket.on('close', () => listener.closed());
}

/** Of a process that did not end in order. */
export function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    return;
  }
}
