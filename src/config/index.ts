/**
 * Floor 2: the configuration, said once. A schema of fields, each of a domain kind, gives the TypeScript types, the
 * parser of the YAML file with its faults (path, line, reason, remedy), the example file, the reference page, the JSON
 * Schema, redaction and the plan of what a change touches. Countries and number patterns live here because the checks need them.
 */
export { inNetworks } from './address.js';
export { type Change, planChanges } from './changes.js';
export { type ParsedConfiguration, parseConfiguration } from './configuration-file.js';
export { type Country, countryOf, emergencyDigits, universalEmergencyNumber } from './country.js';
export { exampleFile } from './example-file.js';
export { featureCodes } from './feature-codes-section.js';
export type { TakesEffect } from './field.js';
export { jsonSchema } from './json-schema.js';
export { type ChannelRange, channelsOf, splitChannel } from './line-kinds.js';
export {
  dChannelSettings,
  lineCountry,
  lineLaw,
  type SpanUse,
  spanSettings,
  spanUses,
} from './line-plan.js';
export { formatHostPort, type HostPort, overTls, type PortRange, type SipListener } from './network-kinds.js';
export { isE164 } from './number-kinds.js';
export { compareSpecificity, matchesPattern, type NumberPattern, parseNumberPattern } from './number-pattern.js';
export { type ConfigurationFault, formatFault } from './reading.js';
export { redacted } from './redaction.js';
export { referencePage } from './reference-page.js';
export type {
  Category,
  ClassOfRestriction,
  Configuration,
  DialPlanSettings,
  EmergencySettings,
  LineSpanSettings,
  LinesSettings,
  LineTelephoneSettings,
  MediaSettings,
  MediaSideSettings,
  OfficeLineSettings,
  PatternSettings,
  SerialLinesSettings,
  SiteRangeSettings,
  SiteSettings,
  TrunkSettings,
} from './schema.js';
export type { Plain } from './shape.js';
