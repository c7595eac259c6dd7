import { classesOfRestriction, dialPlan, emergency } from './dialling-sections.js';
import { sectionShape, type ValueOf } from './field.js';
import { lines } from './lines-section.js';
import { media } from './media-section.js';
import { serial } from './serial-section.js';
import { centre, phones, sip, site, store, users, web } from './site-sections.js';
import { calls, survivability, wan } from './survival-sections.js';
import { trunks } from './trunk-section.js';

/** The whole configuration of a branch, section by section, in the order of the file. */
export const schema = sectionShape({
  site,
  sip,
  centre,
  phones,
  users,
  wan,
  survivability,
  calls,
  media,
  lines,
  trunks,
  dialPlan,
  emergency,
  classesOfRestriction,
  serial,
  web,
  store,
});

/** What a configuration file says, initial values filled in. Plain data but for secrets. */
export type Configuration = ValueOf<(typeof schema)['fields']>;

export type SiteSettings = Configuration['site'];
export type TrunkSettings = Configuration['trunks'][number];
export type LinesSettings = Configuration['lines'];
/** A digital span and its use. */
export type LineSpanSettings = LinesSettings['spans'][number];
/** An analog telephone of a user. */
export type LineTelephoneSettings = LinesSettings['telephones'][number];
/** A line of an exchange. */
export type OfficeLineSettings = LinesSettings['officeLines'][number];
export type DialPlanSettings = Configuration['dialPlan'];
export type PatternSettings = DialPlanSettings['patterns'][number];
export type SiteRangeSettings = DialPlanSettings['sites'][number];
export type MediaSettings = Configuration['media'];
/** The rules of one kind of peer. */
export type MediaSideSettings = MediaSettings['phones'];
/** Lines of call accounting and of a message desk. */
export type SerialLinesSettings = Configuration['serial'];
export type EmergencySettings = Configuration['emergency'];
export type ClassOfRestriction = Configuration['classesOfRestriction'][number];
export type Category = ClassOfRestriction['allows'][number];
