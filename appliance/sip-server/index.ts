/**
 * The SIP server process: transports, transactions and dialogs on one side, drachtio's control protocol on the other
 * (drop-in for drachtio-server under drachtio-srf 5). Outcomes without any answer of the peer (408, 503) are responses
 * with a `Reason` header and without source address (`res.source_address === ''`). Floor 5.
 */
export { type ConnectionLimits, connectionLimits } from './connection-limits.js';
export { ControlClient, type ControlClientOptions } from './control-client.js';
export { formatListenAddress, type ListenAddress, type Protocol, parseListenAddress } from './listen-address.js';
export { metricFamilies } from './metric-families.js';
export { type OutboundRoute, parseOutboundRoute } from './outbound-mode.js';
export type { DnsQueries } from './resolver.js';
export { ServerView } from './server-view.js';
export { type SipServerHandle, type SipServerOptions, SipServerStartError, startSipServer } from './sip-server.js';
export type { MessageCounts, ServerStatistics } from './statistics.js';
export type { TlsSettings } from './tls-credentials.js';
export { traceCalls } from './trace-calls.js';
export { readTrace, type TraceLine } from './trace-reader.js';
