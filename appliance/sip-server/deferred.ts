/** What the control protocol knows and this server does not do yet, in one place. Each is refused with its reason. */

/** Why a verb, or an event asked for with `route`, is refused; undefined when it is not known as deferred. */
export function deferredVerb(verb: string): string | undefined {
  if (verb === 'proxy') return 'proxying is not supported yet';
  return undefined;
}
