import koffi from 'koffi';

/** Linux, `TIOCOUTQ`: octets of a terminal that have not left yet. */
const outQueue = 0x5411;

/**
 * Octets that the driver still holds; undefined where the terminal is gone. The binding's drain would wait for them in one of
 * the few threads that also serve files, for as long as nobody reads.
 */
export function unsentOctets(descriptor: number): number | undefined {
  const found: number[] = [0];
  return ioctl(descriptor, outQueue, found) < 0 ? undefined : found[0];
}

const library = koffi.load('libc.so.6');
const ioctl = library.func('int ioctl(int descriptor, unsigned long request, _Inout_ int *value)');
