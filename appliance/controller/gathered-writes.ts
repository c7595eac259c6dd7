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
  let text = '';
  let told: ((error?: Error | null) => void)[] = [];
  const leave = (): void => {
    const [all, callbacks] = [text, told];
    text = '';
    told = [];
    write(all, 'utf8', (error) => {
      for (const callback of callbacks) callback(error);
    });
  };
  const gather = (...words: Parameters<Socket['write']>): boolean => {
    const [chunk, encoding] = words;
    const callback = typeof encoding === 'function' ? encoding : words[2];
    if (typeof chunk !== 'string' || typeof encoding === 'string') {
      if (text !== '') leave();
      return write(...words);
    }
    if (text === '') atTurnEnd(() => text !== '' && leave());
    text += chunk;
    if (callback !== undefined) told.push(callback);
    return !socket.writableNeedDrain;
  };
  const end = socket.end.bind(socket);
  const leaveAndEnd = (...words: Parameters<Socket['end']>): Socket => {
    if (text !== '') leave();
    return end(...words);
  };
  Object.defineProperty(socket, 'write', { value: gather, configurable: true, writable: true });
  Object.defineProperty(socket, 'end', { value: leaveAndEnd, configurable: true, writable: true });
}
