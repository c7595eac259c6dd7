import { readFile } from 'node:fs/promises';
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { counting } from './coverage.js';

/** The parts of the product that read what strangers send; the rest would only dilute the figures. */
const product =
  /\/build\/(?:src\/(?:base|sip|sdp|rtp|media)|appliance\/(?:sip-server|media-engine\/(?:ice|dtls)))\/[^/]+\.js$/;

/** Loads the product's modules with counters in them (runs in the loader's thread). */
export const load: LoadHook = async (url, context, nextLoad) => {
  if (!product.test(url)) return nextLoad(url, context);
  const source = await readFile(fileURLToPath(url), 'utf8');
  return { format: 'module', shortCircuit: true, source: counting(source, 'module') };
};
