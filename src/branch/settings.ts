import type { Configuration } from '../config/index.js';
import { type RegistrarSettings, registrarDefaults } from '../registrar/index.js';
import { defaultSurvivabilitySettings, type SurvivabilitySettings } from '../survivability/index.js';
import type { WanSettings } from '../wan/index.js';
import type { BranchOptions } from './ports.js';

/** The configuration in the words of each part that it sets. */
export function wanSettings({ wan }: Configuration): WanSettings {
  const { interface: _watched, ...settings } = wan;
  return settings;
}

export function survivabilitySettings({ survivability }: Configuration): SurvivabilitySettings {
  return {
    ...defaultSurvivabilitySettings,
    holdDownMs: survivability.holdDownSeconds * 1000,
    flapWindowMs: survivability.flapWindowSeconds * 1000,
    decayMs: survivability.decaySeconds * 1000,
    holdDownMaxMs: survivability.holdDownMaxSeconds * 1000,
    goodProbes: survivability.goodProbes,
  };
}

export function registrarSettings(
  { centre, phones }: Configuration,
  contactAddress: BranchOptions['contactAddress'],
): RegistrarSettings {
  return {
    ...registrarDefaults,
    realm: centre.domain,
    domain: centre.domain,
    contactMode: centre.contact,
    contactAddress,
    phonesExpiresS: phones.expiresSeconds,
    phonesJitter: phones.jitter,
    minExpiresS: phones.minExpiresSeconds,
    upstreamExpiresS: Math.max(centre.expiresSeconds, phones.expiresSeconds),
    bindingsPerUser: phones.bindingsPerUser,
    upstreamPerSecond: centre.reRegisterPerSecond,
    // One second's worth at once: phones that register at the same moment in ordinary times are not held up.
    upstreamBurst: centre.reRegisterPerSecond,
  };
}
