import {
  type Configuration,
  countryOf,
  isE164,
  matchesPattern,
  type NumberPattern,
  type TrunkSettings,
} from '../config/index.js';
import { compilePatterns } from './pattern-list.js';

export type NumberFormat = TrunkSettings['numberFormat'];

/** What a dialled number turned out to be. */
export type DialledNumber =
  /** `number`: +E.164. */
  | { readonly kind: 'e164'; readonly number: string }
  /** A number with a meaning in this country alone, e.g. 411 or 118 000: sent as it is. */
  | { readonly kind: 'service'; readonly number: string }
  | { readonly kind: 'invalid'; readonly reason: string };

export type NumberCategory = 'local' | 'national' | 'international' | 'premium';

/** Area codes of the North American plan outside the United States and Canada: dialled like home, billed like abroad. */
const overseasAreaCodes = new Set(
  '242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876'.split(' '),
);

/** Called at nobody's cost; 8YY codes of the North American plan. */
const freephoneAreaCodes = new Set('800 822 833 844 855 866 877 888'.split(' '));

/** How the people of one site dial, and how numbers look to its trunks. Numbers inside are E.164 with a plus sign. */
export class NumberingPlan {
  readonly #countryCode: string;
  readonly #nationalPrefix: string;
  readonly #internationalPrefix: string;
  readonly #areaCode: string | undefined;
  readonly #premium: readonly NumberPattern[];

  constructor(site: Configuration['site'], premium?: readonly string[]) {
    const country = countryOf(site.countryCode);
    this.#countryCode = site.countryCode;
    this.#nationalPrefix = site.nationalPrefix ?? country.nationalPrefix;
    this.#internationalPrefix = site.internationalPrefix ?? country.internationalPrefix;
    this.#areaCode = site.areaCode;
    this.#premium = compilePatterns(premium ?? country.premium);
  }

  /** Reads a number as people here dial it, without outside prefix or separators. Its own results stay as they are. */
  normalise(dialled: string): DialledNumber {
    if (dialled.startsWith('+')) return this.#international(dialled.slice(1), dialled);
    if (!/^\d+$/.test(dialled)) return invalid(`"${dialled}" is not a telephone number`);
    if (dialled.startsWith(this.#internationalPrefix)) {
      return this.#international(dialled.slice(this.#internationalPrefix.length), dialled);
    }
    return this.#countryCode === '1' ? this.#northAmerican(dialled) : this.#elsewhere(dialled);
  }

  /** What a call to `number` counts as. */
  categoryOf(number: DialledNumber & { readonly kind: 'e164' | 'service' }): NumberCategory {
    if (this.#premium.some((p) => matchesPattern(p, number.number))) return 'premium';
    if (number.kind === 'service') return 'local';
    const national = this.#nationalPart(number.number);
    if (national === undefined) return 'international';
    const area = national.slice(0, 3);
    if (this.#countryCode === '1') {
      if (freephoneAreaCodes.has(area)) return 'local';
      if (overseasAreaCodes.has(area) && area !== this.#areaCode) return 'international';
    }
    return this.#areaCode !== undefined && national.startsWith(this.#areaCode) ? 'local' : 'national';
  }

  /** How a trunk of this format is given a number to call. */
  calledNumber(number: DialledNumber & { readonly kind: 'e164' | 'service' }, format: NumberFormat): string {
    if (number.kind === 'service') return number.number;
    const national = this.#nationalPart(number.number);
    const abroad = this.#internationalPrefix + number.number.slice(1);
    switch (format) {
      case 'e164':
        return number.number;
      case 'e164WithoutPlus':
        return number.number.slice(1);
      case 'national':
        return national ?? abroad;
      default:
        return national === undefined ? abroad : this.#nationalPrefix + national;
    }
  }

  /** How a trunk of this format is given the caller's number: networks want it without a national prefix. */
  callingNumber(e164: string, format: NumberFormat): string {
    return this.calledNumber({ kind: 'e164', number: e164 }, format === 'asDialled' ? 'national' : format);
  }

  /** What `received` from a trunk or the centre may mean in E.164, likeliest first: networks differ in what they leave off. */
  candidates(received: string): readonly string[] {
    const own = this.normalise(received);
    const guesses = [
      ...(own.kind === 'e164' ? [own.number] : []),
      `+${received}`,
      `+${this.#countryCode}${received}`,
      ...(this.#areaCode === undefined ? [] : [`+${this.#countryCode}${this.#areaCode}${received}`]),
    ];
    return [...new Set(guesses.filter(isE164))];
  }

  /** The number after the country code, when it is of this country. */
  #nationalPart(e164: string): string | undefined {
    const start = `+${this.#countryCode}`;
    return e164.startsWith(start) ? e164.slice(start.length) : undefined;
  }

  #international(digits: string, dialled: string): DialledNumber {
    if (!isE164(`+${digits}`)) return invalid(`"${dialled}" is not a number in international form`);
    if (digits.startsWith('1') && !isNorthAmerican(digits.slice(1))) {
      return invalid(`"${dialled}" is not a number of the North American plan`);
    }
    return { kind: 'e164', number: `+${digits}` };
  }

  #northAmerican(dialled: string): DialledNumber {
    const prefix = this.#nationalPrefix;
    const national =
      dialled.length === prefix.length + 10 && dialled.startsWith(prefix) ? dialled.slice(prefix.length) : dialled;
    if (isNorthAmerican(national)) return { kind: 'e164', number: `+1${national}` };
    if (/^([2-8]11|988|0)$/.test(dialled)) return { kind: 'service', number: dialled };
    if (/^[2-9]\d{6}$/.test(dialled)) {
      if (this.#areaCode === undefined) return invalid(`"${dialled}" lacks an area code`);
      if (isNorthAmerican(this.#areaCode + dialled)) return { kind: 'e164', number: `+1${this.#areaCode}${dialled}` };
    }
    return invalid(`"${dialled}" is not a number of the North American plan`);
  }

  #elsewhere(dialled: string): DialledNumber {
    const prefix = this.#nationalPrefix;
    if (prefix !== '' && dialled.startsWith(prefix)) return this.#national(dialled.slice(prefix.length), dialled);
    // Numbers that begin with 1 are harmonised short codes all over Europe (116 117, 118 xx).
    if (/^1\d{2,5}$/.test(dialled)) return { kind: 'service', number: dialled };
    if (prefix === '') return this.#national(dialled, dialled);
    if (this.#areaCode === undefined) return invalid(`"${dialled}" lacks an area code`);
    if (dialled.length < 3) return invalid(`"${dialled}" is too short`);
    return this.#national(this.#areaCode + dialled, dialled);
  }

  #national(national: string, dialled: string): DialledNumber {
    const number = `+${this.#countryCode}${national}`;
    return isE164(number) ? { kind: 'e164', number } : invalid(`"${dialled}" is not a number of this country`);
  }
}

function isNorthAmerican(national: string): boolean {
  return /^[2-9]\d{2}[2-9]\d{6}$/.test(national);
}

function invalid(reason: string): DialledNumber {
  return { kind: 'invalid', reason };
}
