import {
  type Category,
  type ClassOfRestriction,
  type Configuration,
  matchesPattern,
  type PatternSettings,
  type SiteRangeSettings,
} from '../config/index.js';
import { type DialledNumber, NumberingPlan } from './numbering-plan.js';
import { compilePatterns, PatternList } from './pattern-list.js';

type Settings = Pick<Configuration, 'site' | 'dialPlan' | 'classesOfRestriction'>;

/** A number that a call can be sent to over a trunk. */
export interface OutsideNumber {
  readonly number: DialledNumber & { readonly kind: 'e164' | 'service' };
  readonly category: Category;
  /** The only trunks that may be used; all when absent. */
  readonly trunks?: readonly string[];
}

/** What dialled digits mean at this site, apart from who its users are. Pure. */
export class DialPlan {
  readonly numbering: NumberingPlan;
  readonly mainNumber: string | undefined;
  readonly defaultExtension: string | undefined;
  readonly #outsidePrefix: string;
  readonly #countryCode: string;
  readonly #extensionDigits: number;
  readonly #dialled: PatternList<PatternSettings>;
  readonly #international: PatternList<PatternSettings>;
  readonly #sites: PatternList<SiteRangeSettings>;
  readonly #siteRanges: readonly SiteRangeSettings[];
  readonly #classes: ReadonlyMap<string, ClassOfRestriction>;

  constructor(settings: Settings) {
    const { site, dialPlan, classesOfRestriction } = settings;
    this.numbering = new NumberingPlan(site, dialPlan.premium);
    this.mainNumber = site.mainNumber;
    this.defaultExtension = dialPlan.defaultExtension;
    this.#outsidePrefix = dialPlan.outsidePrefix;
    this.#countryCode = site.countryCode;
    this.#extensionDigits = site.extensionDigits;
    const isInternational = (entry: PatternSettings): boolean => entry.pattern.startsWith('+');
    this.#dialled = new PatternList(
      dialPlan.patterns.filter((e) => !isInternational(e)),
      (e) => e.pattern,
    );
    this.#international = new PatternList(dialPlan.patterns.filter(isInternational), (e) => e.pattern);
    this.#sites = new PatternList(dialPlan.sites, (s) => s.extensions);
    this.#siteRanges = dialPlan.sites;
    this.#classes = new Map(classesOfRestriction.map((c) => [c.name, c]));
  }

  /** Names of the classes of restriction, to check users against. */
  get classNames(): readonly string[] {
    return [...this.#classes.keys()];
  }

  /** The entry for what was dialled, digit for digit. */
  ruleForDialled(dialled: string): PatternSettings | undefined {
    return this.#dialled.find(dialled);
  }

  /** The entry for a number in international form. */
  ruleForNumber(e164: string): PatternSettings | undefined {
    return this.#international.find(e164);
  }

  /** The direct number of another site's extension. */
  otherSite(extension: string): string | undefined {
    const site = this.#sites.find(extension);
    if (site === undefined) return undefined;
    return site.didPrefix + extension.slice(extension.length - (site.keepDigits ?? extension.length));
  }

  /** The extension at another site that has this direct number, for showing callers as if the centre had carried the call. */
  otherSiteExtension(e164: string): string | undefined {
    for (const site of this.#siteRanges) {
      const [pattern] = compilePatterns([site.extensions]);
      if (pattern === undefined || !e164.startsWith(site.didPrefix)) continue;
      const kept = site.keepDigits ?? pattern.places.length;
      const last = e164.slice(site.didPrefix.length);
      // Digits that the direct number leaves off are known only where the pattern allows a single one.
      const front = pattern.places.slice(0, pattern.places.length - kept);
      if (last.length !== kept || front.some((place) => place.length > 1)) continue;
      const extension = front.join('') + last;
      if (matchesPattern(pattern, extension)) return extension;
    }
    return undefined;
  }

  /** Reads what a person dialled: with the outside prefix, or without it where that is a number too. */
  readDialled(dialled: string): DialledNumber {
    const prefix = this.#outsidePrefix;
    if (prefix !== '' && dialled.startsWith(prefix)) {
      const outside = this.numbering.normalise(dialled.slice(prefix.length));
      if (outside.kind !== 'invalid') return outside;
    }
    const plain = this.numbering.normalise(dialled);
    if (!this.isExtensionLike(dialled) || (prefix === '' && plain.kind === 'service')) return plain;
    return { kind: 'invalid', reason: `nobody here has the extension ${dialled}` };
  }

  /** Reads what the centre asks of its gateway: a full number, perhaps with the outside prefix that the caller dialled. */
  readFromCentre(dialled: string): DialledNumber {
    if (this.isExtensionLike(dialled)) return this.readDialled(dialled);
    const plain = this.numbering.normalise(dialled);
    return plain.kind === 'invalid' ? this.readDialled(dialled) : plain;
  }

  /** What is left of a number after the outside prefix that it may begin with. */
  outsidePart(dialled: string): string {
    return this.mayBeOutside(dialled) ? dialled.slice(this.#outsidePrefix.length) : dialled;
  }

  /** Whether a number to the outside may begin so. */
  mayBeOutside(dialled: string): boolean {
    return this.#outsidePrefix !== '' && dialled.startsWith(this.#outsidePrefix);
  }

  get isNorthAmerican(): boolean {
    return this.#countryCode === '1';
  }

  isExtensionLike(dialled: string): boolean {
    return dialled.length === this.#extensionDigits && /^\d+$/.test(dialled);
  }

  /** Why a user of this class may not call that number; undefined: may. */
  barred(className: string, outside: OutsideNumber): string | undefined {
    const { number, category } = outside;
    const restriction = this.#classes.get(className);
    if (restriction === undefined) {
      return `the class of restriction "${className}" is not defined, so only calls inside the branch are allowed`;
    }
    const matches = (patterns: readonly string[]): boolean =>
      compilePatterns(patterns).some((p) => matchesPattern(p, number.number));
    if (matches(restriction.bars)) return `calls to ${number.number} are barred for the class "${className}"`;
    if (matches(restriction.alsoAllows) || restriction.allows.includes(category)) return undefined;
    return `${category} calls are not allowed for the class "${className}"`;
  }
}
