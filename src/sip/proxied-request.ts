import { type Clock, type Log, Machine } from '../base/index.js';
import { type ClientTransaction, type ClientTransactionUser, InviteClientTransaction } from './client-transaction.js';
import { type Heard, triesNext, type Way } from './failover.js';
import type { SipRequest, SipResponse } from './message.js';
import type { Path } from './path.js';
import { proxiedCopy } from './proxied-copy.js';
import {
  type ProxyBranchAction,
  type ProxyBranchContext,
  type ProxyBranchEvent,
  type ProxyBranchState,
  proxyBranchTable,
} from './proxy-branch-table.js';
import { createResponse } from './response-builder.js';
import { type ProxyStep, type ProxyTarget, ResponseContext } from './response-context.js';
import { formatMessage } from './serializer.js';
import type { ServerTransaction, ServerTransactionUser } from './server-transaction.js';
import { parseSipUri } from './uri.js';

/** What a proxied request needs of the world. */
export interface ProxyPorts<P extends Path> {
  /** Where a target is; calls back once, at once or later. */
  locate(target: ProxyTarget, request: SipRequest, done: (way: Way<P>) => void): void;
  /** The last touch for one way (Record-Route and the like), then one of the two, once, at once or later. */
  prepare(request: SipRequest, link: P, branch: number, go: (link: P) => void, refuse: (why: string) => void): void;
  /** A way brought silence, an error or a 503, or an answer. */
  judge?(link: P, alive: boolean): void;
  /** A branch's final response as it came. Without `link` it was made here, and says why. */
  final?(response: SipResponse, link: P | undefined, branch: number): void;
  /** The first final response went back to the caller. */
  answered?(response: SipResponse): void;
  /** The outcome is known; nothing is reported afterwards. */
  done?(): void;
}

export interface ProxyPlan {
  readonly targets: readonly string[];
  readonly parallel: boolean;
  readonly followRedirects: boolean;
  /** Milliseconds; Infinity for none. */
  readonly provisionalTimeoutMs: number;
  /** Milliseconds; Infinity for none. */
  readonly finalTimeoutMs: number;
  /** The Request-URI for targets that the plan names: undefined keeps the request's own. */
  readonly retarget: boolean;
  /** Ends our branches: see `loopMark`. */
  readonly mark: string;
  /** See `maxBreadth`; undefined adds no such header. */
  readonly breadth: number;
}

/** The transaction layer, as far as branches need it. */
export interface RequestSender {
  request(request: SipRequest, path: Path, user: ClientTransactionUser, mark?: string): ClientTransaction;
}

/** A request on its way through us: one server transaction, the branches, and the responses between (RFC 3261 §16). */
export class ProxiedRequest<P extends Path> implements ServerTransactionUser {
  readonly #context: ResponseContext;
  readonly #branches = new Map<number, Branch<P>>();
  #expired = false;

  constructor(
    readonly request: SipRequest,
    readonly transaction: ServerTransaction,
    readonly plan: ProxyPlan,
    readonly ports: ProxyPorts<P>,
    readonly ground: { readonly clock: Clock; readonly log: Log },
    readonly layer: RequestSender,
  ) {
    this.#context = new ResponseContext({ method: request.method, ...plan });
  }

  start(): void {
    this.#take(this.#context.start());
  }

  /** The caller's CANCEL: the branches are cancelled, and their final responses tell the outcome (RFC 3261 §16.10). */
  cancel(headers: readonly (readonly [string, string])[]): void {
    for (const branch of this.#branches.values()) branch.cancelHeaders = headers;
    this.#take(this.#context.cancel());
  }

  /** Cancels all timers without telling anybody: the process is closing. */
  stop(): void {
    for (const branch of this.#branches.values()) branch.stop();
  }

  /** 64*T1 without a final response to a non-INVITE request: the client has given up. */
  expired(): void {
    this.#expired = true;
    this.#take(this.#context.cancel());
  }

  ackTimedOut(): void {
    // The final response was the branches'; nothing is left here to end.
  }

  /** For branches only: 101-199 and 2xx go back at once. */
  forward(response: SipResponse): void {
    const { transaction } = this;
    const accepted = transaction.status >= 200 && transaction.status < 300;
    if (transaction.answered && !(accepted && response.status >= 200 && response.status < 300)) return;
    if (this.#expired || (transaction.answered && transaction.method !== 'INVITE')) return;
    const first = response.status >= 200 && !transaction.answered;
    transaction.respond(response.status, formatMessage(response));
    if (first) this.ports.answered?.(response);
  }

  /** For branches only. */
  settled(index: number, response: SipResponse, made: boolean): void {
    this.#take(this.#context.settled(index, response, made));
  }

  #take(steps: readonly ProxyStep[]): void {
    for (const step of steps) {
      switch (step.do) {
        case 'launch': {
          const branch = new Branch<P>(this, step.branch, step.target, step.breadth);
          this.#branches.set(step.branch, branch);
          branch.start();
          break;
        }
        case 'cancel':
          this.#branches.get(step.branch)?.cancel();
          break;
        case 'respond':
          if (!this.transaction.answered && !this.#expired) {
            this.transaction.respond(step.response.status, formatMessage(step.response));
            this.ports.answered?.(step.response);
          }
          break;
        case 'done':
          this.ports.done?.();
          break;
      }
    }
  }
}

/** What the table's actions act on. */
interface BranchActor extends ProxyBranchContext {
  forward(response: SipResponse | undefined): void;
  settle(response: SipResponse | undefined): void;
  cancelRequest(): void;
  giveUp(): void;
}

/** One target: its client transactions, one after another where it has several addresses, and the table above them. */
class Branch<P extends Path> implements ClientTransactionUser, BranchActor {
  readonly invite: boolean;
  readonly provisionalTimeoutMs: number;
  cancelHeaders: readonly (readonly [string, string])[] = [];
  readonly #of: ProxiedRequest<P>;
  readonly #index: number;
  readonly #target: ProxyTarget;
  readonly #breadth: number;
  readonly #startedAt: number;
  readonly #machine: Machine<ProxyBranchState, ProxyBranchEvent, ProxyBranchAction, BranchActor, SipResponse>;
  #transaction: ClientTransaction | undefined;
  #link: P | undefined;
  #next: (() => Way<P>) | undefined;
  #heard: Heard = 'nothing';
  /** No way is tried any more. */
  #unwanted = false;
  /** The response in hand was made here. */
  #made = false;

  constructor(of: ProxiedRequest<P>, index: number, target: ProxyTarget, breadth: number) {
    this.#of = of;
    this.#index = index;
    this.#target = target;
    this.#breadth = breadth;
    this.#startedAt = of.ground.clock.now();
    this.invite = of.request.method === 'INVITE';
    this.provisionalTimeoutMs = of.plan.provisionalTimeoutMs;
    this.#machine = new Machine<ProxyBranchState, ProxyBranchEvent, ProxyBranchAction, BranchActor, SipResponse>(
      proxyBranchTable,
      { clock: of.ground.clock, context: this, actions: branchActions, log: of.ground.log },
    );
  }

  finalRemainingMs(): number {
    const { finalTimeoutMs } = this.#of.plan;
    if (finalTimeoutMs === Number.POSITIVE_INFINITY) return finalTimeoutMs;
    return Math.max(0, finalTimeoutMs - (this.#of.ground.clock.now() - this.#startedAt));
  }

  start(): void {
    this.#of.ports.locate(this.#target, this.#of.request, (way) => this.#send(way));
  }

  cancel(): void {
    this.#machine.handle('cancel');
  }

  stop(): void {
    this.#machine.stop();
  }

  response(response: SipResponse): void {
    if (response.status < 200) {
      if (this.#heard !== 'progress') this.#heard = response.status === 100 ? 'trying' : 'progress';
      this.#judge(true);
      if (response.status === 100) {
        this.#machine.handle('trying', response);
      } else if (hasVia(response)) {
        response.headers.removeFirst('Via');
        this.#machine.handle('progress', response);
      }
      return;
    }
    this.#judge(response.status !== 503);
    if (this.#tryNext(response.status)) return;
    if (!hasVia(response)) {
      this.#silence(502, 'a response without the Via of its request');
      return;
    }
    if (this.#reports) this.#of.ports.final?.(response, this.#link, this.#index);
    response.headers.removeFirst('Via');
    this.#machine.handle(response.status < 300 ? 'success' : 'failure', response);
  }

  timedOut(): void {
    if (this.#unwanted) this.#silence(487, 'no final response to the cancelled request');
    else if (!this.#lost('timedOut')) this.#silence(408, 'no answer');
  }

  failed(why: string): void {
    if (!this.#lost('failed')) this.#silence(503, why);
  }

  forward(response: SipResponse | undefined): void {
    if (response !== undefined) this.#of.forward(response);
  }

  settle(response: SipResponse | undefined): void {
    if (response !== undefined) this.#of.settled(this.#index, response, this.#made);
  }

  cancelRequest(): void {
    this.#unwanted = true;
    const transaction = this.#transaction;
    if (transaction instanceof InviteClientTransaction) transaction.cancel(this.cancelHeaders);
    else if (transaction !== undefined) transaction.abandon();
  }

  giveUp(): void {
    const response = this.#make(408, 'no answer in time');
    this.#of.ports.final?.(response, undefined, this.#index);
    this.#of.settled(this.#index, response, true);
  }

  /** The branch has told no outcome yet. */
  get #reports(): boolean {
    const { state } = this.#machine;
    return state === 'calling' || state === 'proceeding' || state === 'cancelling';
  }

  #send(way: Way<P>): void {
    if (this.#unwanted) {
      this.#silence(487, 'cancelled before it was sent');
      return;
    }
    if ('failure' in way) {
      this.#silence(503, way.failure);
      return;
    }
    const { plan, request, ports } = this.#of;
    const redirected = this.#target.depth > 0;
    const copy = proxiedCopy(request, plan.retarget || redirected ? requestUri(this.#target.uri) : request.uri);
    copy.headers.set('Max-Breadth', String(this.#breadth));
    this.#link = undefined;
    this.#next = way.next;
    this.#heard = 'nothing';
    ports.prepare(
      copy,
      way.link,
      this.#index,
      (link) => this.#transmit(copy, link),
      (why) => this.failed(why),
    );
  }

  #transmit(copy: SipRequest, link: P): void {
    if (this.#unwanted) {
      this.#silence(487, 'cancelled before it was sent');
      return;
    }
    this.#link = link;
    this.#transaction = this.#of.layer.request(copy, link, this, this.#of.plan.mark);
  }

  #lost(outcome: 'timedOut' | 'failed'): boolean {
    this.#judge(false);
    return this.#tryNext(outcome);
  }

  #tryNext(outcome: 'timedOut' | 'failed' | number): boolean {
    const next = this.#next;
    if (next === undefined || this.#unwanted) return false;
    if (!triesNext(this.#of.request.method, this.#heard, outcome)) return false;
    this.#next = undefined;
    this.#send(next());
    return true;
  }

  #judge(alive: boolean): void {
    if (this.#link !== undefined) this.#of.ports.judge?.(this.#link, alive);
  }

  #silence(status: number, why: string): void {
    const response = this.#make(status, why);
    if (this.#reports) this.#of.ports.final?.(response, undefined, this.#index);
    this.#made = true;
    this.#machine.handle('silence', response);
  }

  /** RFC 3261 §16.7: what stands for a response that never came. */
  #make(status: number, why: string): SipResponse {
    const response = createResponse(this.#of.request, status, this.#of.transaction.toTag);
    response.headers.append('Reason', `SIP;cause=${status};text="${why.replace(/["\\\r\n]/g, ' ')}"`);
    return response;
  }
}

/** False: there is no hop before us, and nobody to forward it to (RFC 3261 §16.7 step 3). */
function hasVia(response: SipResponse): boolean {
  return response.headers.all('Via').length > 1;
}

/** A target as a Request-URI, which holds no headers (RFC 3261 §19.1.1). */
function requestUri(target: string): string {
  const parsed = parseSipUri(target);
  if (!parsed.ok || parsed.value.headers === undefined) return target;
  return target.slice(0, -(parsed.value.headers.length + 1));
}

const branchActions: {
  readonly [action in ProxyBranchAction]: (b: BranchActor, response: SipResponse | undefined) => void;
} = {
  forward: (b, response) => b.forward(response),
  cancelRequest: (b) => b.cancelRequest(),
  settle: (b, response) => b.settle(response),
  giveUp: (b) => b.giveUp(),
};
