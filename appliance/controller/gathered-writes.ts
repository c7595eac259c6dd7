import { Socket } from 'node:net';
import { atTurnEnd } from '../io/index.js';

const gathered = new WeakSet<Socket>();

/**
 * Lets `socket` write once per turn of the event loop what is written to it in that turn. drachtio-srf writes each
 * message by itself, which costs a system call and a wake-up of the SIP server each time: a quarter of the controller's
 * time when phones register. Anything but a socket is left alone.
 */
export function gatherWrites(socket: unknown): void {
  if (!(socket instanceof Socket) || gathered.has(socket)) return;
  gathered.add(socket);
  const write = socket.write.bind(socket);
  let corked = false;
  const gather = (...words: Parameters<Socket['write']>): boolean => {
    if (!corked) {
      corked = true;
      socket.cork();
      atTurnEnd(() => {
        corked = false;
        socket.uncork();
      });
    }
    return write(...words);
  };
  Object.defineProperty(socket, 'write', { value: gather, configurable: true, writable: true });
}
