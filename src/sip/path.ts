/** The name of a transport as Via writes it. */
export type ViaTransport = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

/**
 * One way to one peer, chosen by the transport layer: all that a transaction knows of the network. `send` never calls
 * `failed` synchronously; without it a failure goes unnoticed, which is cheaper.
 */
export interface Path {
  readonly transport: ViaTransport;
  readonly reliable: boolean;
  /** Our `host:port` for Via (RFC 3261 §18.1.1). */
  readonly sentBy: string;
  send(bytes: Buffer, failed?: (why: string) => void): void;
  /** Connections only: told when the connection ends. Who waits for an answer on it listens here. */
  readonly watchers?: Set<(why: string) => void> | undefined;
}
