import type { Flow } from '../registrar/index.js';
import type { SipView } from './application.js';

const transports = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

/** Where a message came from. */
export function flowOf(message: SipView): Flow {
  const transport = transports.find((each) => each === message.protocol?.toLowerCase()) ?? 'udp';
  const address = (message.source_address ?? '').replace(/^\[|\]$/g, '');
  return { transport, address, port: Number(message.source_port ?? 5060) };
}

/**
 * A flow as the next hop of a request. `only`: on the connection that is there, and on none that would have to be made;
 * our SIP server knows that by `ob` (RFC 5626 §5.1), another tries the address and fails later.
 */
export function flowUri({ transport, address, port }: Flow, only = false): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  return `sip:${host}:${port}${parameter}${only && transport !== 'udp' ? ';ob' : ''}`;
}
