/**
 * A small telephone world behind `src/tdm`: cards, analog telephones, a central office, a PBX, and faults on request. Time and chance
 * are handed in, so that a day of it is the same each time. Sound is events here, not samples. Floor 5.
 */

export type { ShownCaller } from './caller-id-modem.js';
export { CentralOfficeLine, type CentralOfficeOptions, type CentralOfficeSettings } from './central-office-line.js';
export { type EmergencyCall, EmergencyTandem, type EmergencyTandemOptions } from './emergency-tandem.js';
export type { LineEnd, LineOutlet } from './line-end.js';
export { type NetworkOutcome, networkOutcome } from './network-plan.js';
export { PrivateExchange, type PrivateExchangeOptions } from './private-exchange.js';
export { SimulatedChannel, type SimulatedChannelOptions } from './simulated-channel.js';
export { SimulatedSpan } from './simulated-span.js';
export { type ExchangeTone, exchangeTones, type SimulatedSound, silence, tone } from './sound.js';
export { Telephone, type TelephoneOptions } from './telephone.js';
export { type CardPlan, TelephoneWorld, type TelephoneWorldOptions } from './telephone-world.js';
