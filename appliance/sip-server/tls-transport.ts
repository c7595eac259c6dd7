import { connect, createServer, type TLSSocket } from 'node:tls';
import { ByteCarrier } from './byte-carrier.js';
import type { ConnectionLink } from './connection-link.js';
import type { ConnectionKind, Connector, StreamTransport } from './stream-transport.js';
import { serverName, type TlsCredentials } from './tls-credentials.js';

/** SIP over TLS (RFC 3261 §26.3), towards both sides. */
export function tls(credentials: TlsCredentials): ConnectionKind {
  return (transport) => ({
    greet: secured(credentials, transport, (socket) => {
      const { remoteAddress = '', remotePort = 0 } = socket;
      transport.welcome(remoteAddress, remotePort, (link) => new TlsCarrier(socket, link, credentials, true));
    }),
    dial(link, from) {
      const { address, port, name = address } = link;
      const socket = connect({
        host: address,
        port,
        ...(from === undefined ? {} : { localAddress: from }),
        ...serverName(name),
        secureContext: credentials.context,
        rejectUnauthorized: credentials.settings.checkPeer,
        checkServerIdentity: (_host, certificate) => credentials.peerFault(name, certificate),
      });
      socket.setNoDelay(true);
      socket.setKeepAlive(true);
      socket.on('secureConnect', () => link.connected());
      socket.once('error', (error) =>
        transport.complain('no TLS connection', error.message, `${name} ${address}`, true),
      );
      return new TlsCarrier(socket, link, credentials, false);
    },
  });
}

/** Leads a socket through the handshake of TLS before `then` has it. */
export function secured(
  credentials: TlsCredentials,
  transport: StreamTransport,
  then: (socket: TLSSocket) => void,
): Connector['greet'] {
  // It listens nowhere: sockets come from the transport. A new certificate is for those that come later.
  const server = createServer(credentials.serverOptions);
  credentials.follow(server);
  server.on('secureConnection', (socket) => {
    // Where a certificate is only asked for, the handshake lets everybody through, those with a bad one too.
    const optional = credentials.settings.verify === 'optional';
    if (optional && !socket.authorized && socket.getPeerX509Certificate() !== undefined) {
      transport.complain('TLS refused', String(socket.authorizationError), socket.remoteAddress ?? '');
      socket.destroy();
    } else then(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    transport.complain('TLS failed', error.message, socket.remoteAddress ?? '');
    socket.destroy();
  });
  return (socket) => server.emit('connection', socket);
}

class TlsCarrier extends ByteCarrier {
  readonly proved: boolean;
  readonly #credentials: TlsCredentials;
  readonly #tls: TLSSocket;

  constructor(socket: TLSSocket, link: ConnectionLink, credentials: TlsCredentials, inbound: boolean) {
    super(socket, link);
    this.#tls = socket;
    this.#credentials = credentials;
    this.proved = inbound && socket.authorized;
  }

  speaksFor(name: string): boolean {
    if (!this.#credentials.settings.checkPeer) return true;
    return this.#tls.authorized && this.#credentials.peerFault(name, this.#tls.getPeerCertificate()) === undefined;
  }
}
