import type { DtlsKeys, IceCandidate, PortId, RtpPlace, RtpSettings } from '../../src/media/index.js';
import { PortTransport } from './port-transport.js';
import type { MakeTransportAgent } from './transport-agent.js';

/** ICE and DTLS of all ports that have either. */
export const makeTransportAgent: MakeTransportAgent = (world) => {
  const ports = new Map<PortId, PortTransport>();
  const places = new Map<PortId, RtpPlace>();
  const begin = (port: PortId, settings: RtpSettings, keys?: DtlsKeys): void => {
    const place = places.get(port);
    ports.get(port)?.close();
    ports.delete(port);
    if (place === undefined || (place.ice === undefined && settings.security.kind !== 'dtls')) return;
    ports.set(port, new PortTransport({ ...world, port, place }, settings, keys));
  };
  return {
    open(port, place, settings, keys) {
      places.set(port, place);
      begin(port, settings, keys);
    },
    configure(port, settings) {
      const transport = ports.get(port);
      if (transport === undefined) begin(port, settings);
      else transport.configure(settings);
    },
    addCandidates(port: PortId, candidates: readonly IceCandidate[]) {
      ports.get(port)?.addCandidates(candidates);
    },
    packet(event) {
      ports.get(event.port)?.packet(event);
    },
    close(port) {
      ports.get(port)?.close();
      ports.delete(port);
      places.delete(port);
    },
    stop() {
      for (const transport of ports.values()) transport.close();
      ports.clear();
      places.clear();
    },
  };
};
