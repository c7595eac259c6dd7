import { connect } from 'node:net';
import { ByteCarrier } from './byte-carrier.js';
import type { ConnectionKind } from './stream-transport.js';

/** SIP over TCP (RFC 3261 §18). */
export const tcp: ConnectionKind = (transport) => ({
  greet(socket) {
    const { remoteAddress = '', remotePort = 0 } = socket;
    transport.welcome(remoteAddress, remotePort, (link) => new ByteCarrier(socket, link));
  },
  dial(link, from) {
    const local = from === undefined ? {} : { localAddress: from };
    const socket = connect({ host: link.address, port: link.port, noDelay: true, keepAlive: true, ...local });
    socket.on('connect', () => link.connected());
    return new ByteCarrier(socket, link);
  },
});
