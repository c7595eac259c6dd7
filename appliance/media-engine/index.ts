/**
 * The media engine: a process of its own with a native thread for RTP, SRTP, codecs and samples (native/, C++), and a shell
 * in TypeScript that takes plain-data commands and owns ICE and DTLS. RFC 3550, 3711, 5763, 8445. Floor 5.
 */
export { loadAddon } from './addon.js';
export type {
  Component,
  NativeAddon,
  NativeCommand,
  NativeEngine,
  NativeEngineOptions,
  NativeEvent,
  RelayPath,
} from './native-engine.js';
export type { EngineCertificate, MakeTransportAgent, TransportAgent, TransportWorld } from './transport-agent.js';
