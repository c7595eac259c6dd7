/** What the kernel says of one interface. */
export interface LinkState {
  readonly interface: string;
  /** Administratively up, and the other end is there (IFF_UP, IFF_LOWER_UP). */
  readonly carrier: boolean;
  /** Usable addresses, textual, without link-local ones. */
  readonly addresses: readonly string[];
  /** A default route leaves through this interface. */
  readonly defaultRoute: boolean;
  /** Next hops of those routes, if known: another one is a reason to probe. */
  readonly gateways?: readonly string[];
}

/** Port: the state of the WAN interface, as it changes. */
export interface LinkEvents {
  /** `listener` hears the present state first, if it is known. */
  on(listener: (state: LinkState) => void): void;
}

/** What a link can lack, in the order in which it is named. */
export type LinkDefect = 'carrier' | 'address' | 'default route';

export function linkDefects(state: LinkState): readonly LinkDefect[] {
  const defects: LinkDefect[] = [];
  if (!state.carrier) defects.push('carrier');
  if (state.addresses.length === 0) defects.push('address');
  if (!state.defaultRoute) defects.push('default route');
  return defects;
}

/**
 * What counts as a loss: a defect that was not there before. In a first report only a missing carrier does: an address
 * may still be on its way, and a site may reach its centre without a default route. There the probes decide.
 */
export function lostDefect(state: LinkState, before: LinkState | undefined): LinkDefect | undefined {
  const defects = linkDefects(state);
  if (before === undefined) return defects.find((defect) => defect === 'carrier');
  const known = linkDefects(before);
  return defects.find((defect) => !known.includes(defect));
}
