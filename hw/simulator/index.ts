/**
 * A small telephone world behind `src/tdm`: cards, analog telephones, a central office, a PBX, the public network on a PRI, and faults
 * on request. Time and chance are handed in, so that a day of it is the same each time. Sound is events, or samples at sockets. Floor 5.
 */
export { BearerEnd } from './bearer-end.js';
export type { ShownCaller } from './caller-id-modem.js';
export { CentralOfficeLine, type CentralOfficeOptions, type CentralOfficeSettings } from './central-office-line.js';
export { type EmergencyCall, EmergencyTandem, type EmergencyTandemOptions } from './emergency-tandem.js';
export type { LineEnd, LineOutlet } from './line-end.js';
export { NetworkDChannel } from './network-d-channel.js';
export { type NetworkOutcome, networkOutcome } from './network-plan.js';
export { PrivateExchange, type PrivateExchangeOptions } from './private-exchange.js';
export {
  bearerSlots,
  type OutsideCaller,
  PublicNetwork,
  type PublicNetworkOptions,
} from './public-network.js';
export {
  SampleBridge,
  type SampleBridgeOptions,
  type SampleDoors,
  type SampleLink,
  type SampleListener,
} from './sample-bridge.js';
export { SimulatedChannel, type SimulatedChannelOptions } from './simulated-channel.js';
export { SimulatedSpan } from './simulated-span.js';
export { openSimulator, type SimulatorOptions, simulatedCards } from './simulator.js';
export { type ExchangeTone, exchangeTones, heardText, type SimulatedSound, silence, tone } from './sound.js';
export { Telephone, type TelephoneOptions } from './telephone.js';
export { type CardPlan, TelephoneWorld, type TelephoneWorldOptions } from './telephone-world.js';
export { unixDoors } from './unix-doors.js';
export { parseWorldCommand } from './world-command.js';
export { WorldControl } from './world-control.js';
