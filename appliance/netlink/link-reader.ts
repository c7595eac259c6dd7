import type { LinkState } from '../../src/wan/index.js';
import type { Answer, RouteSocket } from './route-socket.js';
import {
  decodeAddress,
  decodeDefaultRoutes,
  decodeLink,
  encodeDumpRequest,
  encodeLinkRequest,
  type Link,
  messageType,
} from './rtnetlink.js';

const ENODEV = 19;

/** Asks the kernel for the whole truth of one interface. */
export class LinkReader {
  readonly #socket: Pick<RouteSocket, 'request' | 'dump'>;
  readonly #name: string;

  constructor(socket: Pick<RouteSocket, 'request' | 'dump'>, name: string) {
    this.#socket = socket;
    this.#name = name;
  }

  /** `undefined`: there is no interface of that name. */
  async link(): Promise<Link | undefined> {
    const answer = await this.#socket.request(messageType.getLink, encodeLinkRequest(this.#name));
    if (answer.kind === 'error') {
      if (answer.errno === ENODEV) return undefined;
      throw new Error(`the kernel refuses RTM_GETLINK: errno ${answer.errno}`);
    }
    return answer.payloads.map(decodeLink).find((link) => link?.name === this.#name);
  }

  /** `interrupted`: something changed while it was read; read again. */
  async read(link: Link | undefined): Promise<{ readonly state: LinkState; readonly interrupted: boolean }> {
    if (link === undefined) {
      const state = { interface: this.#name, carrier: false, addresses: [], defaultRoute: false, gateways: [] };
      return { state, interrupted: false };
    }
    const addresses = await this.#dump(messageType.getAddress);
    const routes = await this.#dump(messageType.getRoute);
    const own = routes.payloads.flatMap(decodeDefaultRoutes).filter((route) => route.index === link.index);
    const state: LinkState = {
      interface: this.#name,
      carrier: link.carrier,
      addresses: addresses.payloads
        .map(decodeAddress)
        .flatMap((found) => (found?.index === link.index ? [found.address] : []))
        .sort(),
      defaultRoute: own.length > 0,
      gateways: own.flatMap((route) => (route.gateway === undefined ? [] : [route.gateway])).sort(),
    };
    return { state, interrupted: addresses.interrupted || routes.interrupted };
  }

  async #dump(type: number): Promise<Answer & { readonly kind: 'answer' }> {
    const answer = await this.#socket.dump(type, encodeDumpRequest());
    if (answer.kind === 'error') throw new Error(`the kernel refuses dump ${type}: errno ${answer.errno}`);
    return answer;
  }
}
