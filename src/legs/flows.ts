import type { Flow } from '../registrar/index.js';
import type { SipView } from './application.js';

const transports = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

/** Where a message came from. */
export function flowOf(message: SipView): Flow {
  const transport = transports.find((each) => each === message.protocol?.toLowerCase()) ?? 'udp';
  const address = (message.source_address ?? '').replace(/^\[|\]$/g, '');
  return { transport, address, port: Number(message.source_port ?? 5060) };
}

/** A flow as the next hop of a request. */
export function flowUri({ transport, address, port }: Flow): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  return `sip:${host}:${port}${parameter}`;
}
