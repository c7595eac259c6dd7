import type { LinkState } from '../../src/wan/index.js';

/**
 * What the child tells. `alive`: the kernel answered its self-probe. `ending`: why it ends, to be replaced.
 * `unusable`: node-netlink cannot be loaded; another child would do no better.
 */
export type ChildMessage =
  | { readonly kind: 'state'; readonly state: LinkState }
  | { readonly kind: 'alive' }
  | { readonly kind: 'ending'; readonly why: string }
  | { readonly kind: 'unusable'; readonly why: string };

/** A message from the child, or nothing if it is none: the process boundary is an edge. */
export function parseChildMessage(value: unknown): ChildMessage | undefined {
  if (!isObject(value)) return undefined;
  const { kind, why, state } = value;
  if (kind === 'alive') return { kind };
  if ((kind === 'ending' || kind === 'unusable') && typeof why === 'string') return { kind, why };
  if (kind === 'state' && isLinkState(state)) return { kind, state };
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isLinkState(value: unknown): value is LinkState {
  if (!isObject(value)) return false;
  const { interface: name, carrier, addresses, defaultRoute, gateways } = value;
  return (
    typeof name === 'string' &&
    typeof carrier === 'boolean' &&
    typeof defaultRoute === 'boolean' &&
    areTexts(addresses) &&
    (gateways === undefined || areTexts(gateways))
  );
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
