/**
 * Who is reachable where: bindings, durable before they are acknowledged. One interface, two strategies: relay to the
 * centre, or serve here with the synced digests. RFC 3261 §10, 3327, 5626, 5627, 7616, 8760. Floor 3; uses base, sip, directory.
 */
export type { Authentication, AuthenticationRequest } from './authentication.js';
export type { Binding, BindingStore, Flow } from './binding.js';
export type { GruuKey } from './gruu.js';
export type { NoticeAnswer } from './message-watch.js';
export { type RegisterFault, readRegister } from './register-reader.js';
export type { RegisterAnswer, RegisterContact, RegisterRequest } from './register-request.js';
export { type GruuTarget, Registrar, type RegistrarOptions, type Restored } from './registrar.js';
export { type RegistrarSettings, registrarDefaults } from './registrar-settings.js';
export type { UpstreamAnswer, UpstreamRegister, UpstreamRequest, UpstreamTrouble } from './upstream-register.js';
export type { MessageNotice, SubscribeAnswer, SubscribeRequest, UpstreamSubscribe } from './upstream-subscribe.js';
