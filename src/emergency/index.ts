/**
 * Floor 3: calls for help. Which dialled numbers they are (112 and the country's own, never removable; service URNs of
 * RFC 5031), who may place them without a registration, and what records say of them. Routing sends them to the local
 * lines first.
 */
export {
  type EmergencyCaller,
  type EmergencyCallFields,
  emergencyCallFields,
  mayCallUnregistered,
} from './emergency-call.js';
export { bareNumber, type EmergencyMatch, EmergencyNumbers } from './emergency-numbers.js';
