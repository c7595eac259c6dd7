import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NativeAddon } from './native-engine.js';

/** Where `appliance/setup/prepare.mjs` puts what it builds, beside the compiled file of this one. */
const builtAt = join(import.meta.dirname, 'native', 'holdfast-media.node');

/** Loads the native half. Throws when it was not built, or lacks a library: then there is no media engine. */
export function loadAddon(): NativeAddon {
  const loaded: unknown = createRequire(import.meta.url)(builtAt);
  if (!isAddon(loaded)) throw new TypeError(`${builtAt} is another addon`);
  return loaded;
}

function isAddon(loaded: unknown): loaded is NativeAddon {
  return typeof loaded === 'object' && loaded !== null && 'create' in loaded && typeof loaded.create === 'function';
}
