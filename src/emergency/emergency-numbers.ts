import { type Configuration, countryOf, emergencyDigits } from '../config/index.js';

/** A call for help, recognised. */
export interface EmergencyMatch {
  /** The number that was meant, without prefixes, e.g. `911`. */
  readonly number: string;
  /** What lines are given: `911` for 112 in North America, whose fixed network does not know 112. */
  readonly send: string;
  /** A test number: routed alike, answered by a machine, alarms nobody. */
  readonly test: boolean;
}

/**
 * The emergency numbers of a site: those of its country and 112, which no configuration removes, and the configured
 * ones. Pure: what was dialled decides, not who dialled or in which mode the branch is.
 */
export class EmergencyNumbers {
  /** Milliseconds without any answer after which an emergency call tries its next line. */
  readonly giveUpMs: number;
  readonly #byDialled = new Map<string, EmergencyMatch>();
  readonly #sos: EmergencyMatch;
  readonly #sosTest: EmergencyMatch | undefined;

  constructor(
    settings: Pick<Configuration, 'site' | 'emergency'> & { readonly dialPlan: { readonly outsidePrefix: string } },
  ) {
    const { countryCode } = settings.site;
    const country = countryOf(countryCode);
    const prefix = settings.dialPlan.outsidePrefix;
    this.giveUpMs = settings.emergency.giveUpMs;
    const matches = emergencyDigits(settings).map((number) => ({
      number,
      send: number === '112' ? (country.sends112As ?? number) : number,
      test: country.emergencyTest.includes(number),
    }));
    // A number means itself before it means another one behind a prefix. Phones that put every number into
    // international form make +1911 of 911.
    for (const start of ['', prefix, '+', `+${countryCode}`]) {
      for (const match of matches) {
        const dialled = start + match.number;
        if (!this.#byDialled.has(dialled)) this.#byDialled.set(dialled, match);
      }
    }
    const first = country.emergency[0] ?? '112';
    this.#sos = { number: first, send: first, test: false };
    this.#sosTest = matches.find((m) => m.test);
  }

  /** Every number, as dialled without outside prefix. */
  get numbers(): readonly string[] {
    return [...new Set([...this.#byDialled.values()].map((m) => m.number))];
  }

  /** Every way in which one may be dialled, test numbers left out: who rings for help must not wait, who tests may. */
  get dialled(): readonly string[] {
    return [...this.#byDialled].filter(([, match]) => !match.test).map(([dialled]) => dialled);
  }

  /**
   * The emergency number that `dialled` means, if any.
   *
   * @param dialled the user part of the Request-URI, or the whole of it when it is a service URN (RFC 5031).
   */
  match(dialled: string): EmergencyMatch | undefined {
    const urn = dialled.toLowerCase();
    if (urn === 'urn:service:sos' || urn.startsWith('urn:service:sos.')) return this.#sos;
    if (urn === 'urn:service:test.sos' || urn.startsWith('urn:service:test.sos.')) return this.#sosTest;
    return this.#byDialled.get(bareNumber(dialled));
  }
}

/**
 * The number alone: without the parameters of RFC 3966, its visual separators (§5.1.1) and the escapes of RFC 3261
 * §19.1.2 (`%23` for #). What is a name rather than a number stays as it is.
 */
export function bareNumber(dialled: string): string {
  const user = dialled.split(';', 1)[0] ?? '';
  const plain = user.replace(/%(23|2a|2b)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
  const bare = plain.replace(/[\s().-]/g, '');
  return /^\+?[0-9*#]+$/.test(bare) ? bare : user;
}
