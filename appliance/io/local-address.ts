import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';

/** The discard service: nothing is sent, the port only completes the address. */
const anyPort = 9;

/**
 * The address of this machine from which packets to `host` leave, as the kernel's routing table says; undefined where
 * there is no route or the name does not resolve. Nothing is sent.
 */
export function localAddressTowards(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    const done = (address: string | undefined): void => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => done(undefined));
    socket.connect(anyPort, host, () => done(socket.address().address));
  });
}
