import type { Clock, Log, Random } from '../base/index.js';
import type { Directory, User } from '../directory/index.js';
import { messageSummaryType, parseDeltaSeconds, parseMessageSummary, parseSipUri, unescapeUri } from '../sip/index.js';
import type { Binding } from './binding.js';
import { retryAfterOf } from './centre-conversation.js';
import { tokenIn } from './contact.js';
import type { LineRegistrations } from './line-registrations.js';
import { MessageSubscription, type SubscriptionPorts, type SubscriptionReply } from './message-subscription.js';
import { userNamed } from './owner.js';
import type { RegistrarSettings } from './registrar-settings.js';
import { troubleOf, upstreamContact } from './upstream-contact.js';
import { answerableChallenge, credentialsFor } from './upstream-credentials.js';
import type { MessageNotice, SubscribeAnswer, UpstreamSubscribe } from './upstream-subscribe.js';

export interface MessageWatchOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: RegistrarSettings;
  readonly directory: Directory;
  readonly lines: LineRegistrations;
  /** Also of users who have just left the directory. */
  readonly userOf: (username: string) => User | undefined;
  readonly upstream: UpstreamSubscribe;
  readonly log: Log;
  /** The centre's word on a user's mailbox. */
  readonly onMessages: (username: string, waiting: boolean) => void;
}

/** How a NOTIFY is answered. `allowEvents`: 489 says what would have been understood (RFC 6665 §4.2.1.1). */
export interface NoticeAnswer {
  readonly status: 200 | 400 | 404 | 415 | 481 | 489;
  readonly allowEvents?: string;
  readonly accept?: string;
}

const event = 'message-summary';
/** RFC 3842 §3.4: hours; a refresh brings the whole state anew. */
const expiresS = 3600;
const longestMinExpiresS = 86_400;

/**
 * The mailboxes of users with telephones on lines of this box: such a telephone can neither subscribe nor be notified, so Holdfast
 * does both in its place, at the centre alone. It asks for a user once the centre has the user's registration, so at its pace.
 */
export class MessageWatch {
  readonly #options: MessageWatchOptions;
  readonly #subscriptions = new Map<string, MessageSubscription>();
  #minExpiresS = 0;

  constructor(options: MessageWatchOptions) {
    this.#options = options;
  }

  /** The centre has just taken the registration of one of ours. */
  registered(binding: Binding): void {
    const { username } = binding;
    const known = this.#subscriptions.get(username);
    const subscription = known ?? new MessageSubscription(this.#portsOf(binding));
    if (known === undefined) this.#subscriptions.set(username, subscription);
    subscription.handle('wanted');
  }

  /** The user has no telephone here any more. */
  forget(username: string): void {
    const subscription = this.#subscriptions.get(username);
    this.#subscriptions.delete(username);
    subscription?.handle('unwanted');
  }

  /** The centre does not serve: what it granted is not counted on. */
  pause(): void {
    for (const subscription of this.#subscriptions.values()) subscription.handle('paused');
  }

  stop(): void {
    for (const subscription of this.#subscriptions.values()) subscription.stop();
    this.#subscriptions.clear();
  }

  /** A NOTIFY of the centre; whether it is the centre's, the caller has seen to. */
  notified(notice: MessageNotice): NoticeAnswer {
    if (notice.event !== event)
      return notice.dialog === undefined ? { status: 489, allowEvents: event } : { status: 481 };
    const username = this.#userOf(notice.uri);
    if (username === undefined) return { status: notice.dialog === undefined ? 404 : 481 };
    if (notice.body !== '') {
      if (notice.contentType !== messageSummaryType) return { status: 415, accept: messageSummaryType };
      const summary = parseMessageSummary(notice.body);
      if (!summary.ok) {
        this.#options.log.info('message summary not understood', { username, why: summary.error });
        return { status: 400 };
      }
      this.#options.onMessages(username, summary.value.waiting);
    }
    return { status: this.#isCurrent(username, notice) ? 200 : 481 };
  }

  /** False: of a subscription that is not in force any more; 481 ends it at the centre (RFC 6665 §4.4.1). */
  #isCurrent(username: string, { dialog, state }: MessageNotice): boolean {
    if (dialog === undefined) return true;
    const subscription = this.#subscriptions.get(username);
    // Its first NOTIFY may come before the answer that names the dialog.
    if (subscription?.state === 'subscribing') return true;
    if (subscription?.dialog !== dialog) return false;
    if (state?.value === 'terminated') subscription.terminated(state.reason, (state.retryAfterS ?? 0) * 1000);
    return true;
  }

  #userOf(uri: string): string | undefined {
    const { directory, lines } = this.#options;
    const token = tokenIn(uri);
    const named = token === undefined ? undefined : lines.byToken(token)?.username;
    if (named !== undefined) return named;
    const parsed = parseSipUri(uri);
    const user = parsed.ok ? unescapeUri(parsed.value.user ?? '') : '';
    const username = userNamed(directory, user)?.username ?? user;
    return lines.has(username) ? username : undefined;
  }

  #portsOf(binding: Binding): SubscriptionPorts {
    const { clock, random, log, settings, userOf, upstream } = this.#options;
    const { username } = binding;
    // NOTIFYs come to our own address, whatever the registration's Contact is.
    const { contactUri } = upstreamContact({ ...settings, contactMode: 'rewrite' }, binding);
    const { domain } = settings;
    return {
      clock,
      random,
      log,
      send: async ({ expiresS: wished, dialog, answer }) => {
        const user = userOf(username);
        if (user === undefined) return { event: 'refused', retryAfterMs: 0 };
        const asked = wished ?? Math.max(expiresS, this.#minExpiresS);
        const digestUri = answer?.uri ?? `sip:${username}@${domain}`;
        const reply = await upstream.subscribe({
          username,
          domain,
          contactUri,
          expires: asked,
          ...(dialog === undefined ? {} : { dialog }),
          ...(answer === undefined
            ? {}
            : credentialsFor(answer.challenge, user, { method: 'SUBSCRIBE', uri: digestUri }, random)),
        });
        return this.#read(reply, binding, asked, answer !== undefined);
      },
    };
  }

  #read(answer: SubscribeAnswer, { username }: Binding, askedS: number, answered: boolean): SubscriptionReply {
    if (answer.kind !== 'answer') return { event: 'failed', retryAfterMs: 0 };
    const { status, headers, uri, dialog } = answer;
    const retryAfterMs = retryAfterOf(headers);
    if (troubleOf(answer) !== undefined && status !== 501) return { event: 'failed', retryAfterMs };
    if (status >= 200 && status < 300) {
      const granted = parseDeltaSeconds(headers.expires?.[0] ?? '') ?? askedS;
      return { event: 'accepted', expiresS: granted, dialog: dialog ?? '' };
    }
    if (status === 401 || status === 407) {
      const user = this.#options.userOf(username);
      const challenge = user === undefined ? undefined : answerableChallenge(status, headers, user);
      const wrong = challenge === undefined || (answered && !challenge.challenge.stale);
      if (!wrong) return { event: 'challenged', challenge, uri };
    }
    const minS = status === 423 ? parseDeltaSeconds(headers['min-expires']?.[0] ?? '') : undefined;
    if (minS !== undefined && minS > askedS && minS <= longestMinExpiresS) {
      this.#minExpiresS = minS;
      return { event: 'challenged', challenge: undefined, uri };
    }
    if (status === 481) return { event: 'unknown', retryAfterMs };
    this.#options.log.info('centre keeps no mailbox for a user', { username, status });
    return { event: 'refused', retryAfterMs };
  }
}
