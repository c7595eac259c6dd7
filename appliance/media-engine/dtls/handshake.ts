import { type Address, DtlsClient, DtlsServer, type Transport } from 'werift';
import type { DtlsKeys } from '../../../src/media/index.js';
import type { EngineCertificate } from '../transport-agent.js';
import { messageType, whyUnproven } from './handshake-proof.js';
import { srtpProfiles } from './srtp-profile.js';

export interface HandshakeOptions {
  readonly role: 'client' | 'server';
  readonly certificate: EngineCertificate;
  /** Whether a certificate is the one that signalling announced. */
  readonly isPeer: (der: Buffer) => boolean;
  readonly send: (bytes: Buffer) => void;
  /** Once. Keys only when the peer is proven. */
  readonly done: (outcome: HandshakeOutcome) => void;
}

export type HandshakeOutcome =
  | { readonly kind: 'secured'; readonly keys: DtlsKeys }
  | { readonly kind: 'failed'; readonly why: string };

/** What one handshake may cost in memory: werift keeps fragments, and whole handshakes are below 10 KB. */
const bytesMost = 128 * 1024;
/** A flight has six messages at most, and two sealed records. */
const waitingMost = 8;
const earlyMost = 4;
/** ClientHello, ServerHelloDone, Finished. */
const asksAgain: readonly number[] = [messageType.clientHello, 14, messageType.finished];
type Message = Parameters<DtlsServer['onHandleHandshakes']>[0][number];
/** RFC 5246 §7.2: a fatal alert, bad_certificate, in a record of its own. */
const badCertificate = Buffer.from('15fefd00000000000000ff0002022a', 'hex');
/** werift's numbers for SHA-256 and ECDSA: that is what our certificate is. */
const ecdsaWithSha256 = { hash: 4, signature: 3 } as const;

/** One handshake by werift, which repeats its flights by itself, with the proof that werift leaves out. */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #socket: DtlsClient | DtlsServer;
  readonly #transport: HandshakeTransport;
  readonly #handle: (messages: Message[]) => Promise<void>;
  /** Messages that overtook others, by their number. */
  readonly #waiting = new Map<number, Message>();
  readonly #early: Buffer[] = [];
  #next = 0;
  #complaint: string | undefined;
  #received = 0;
  #proven = false;
  #ended = false;
  #over = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#transport = new HandshakeTransport(options.send);
    const { certificate, role } = options;
    const settings = {
      transport: this.#transport,
      cert: certificate.certificate,
      key: certificate.privateKey,
      signatureHash: ecdsaWithSha256,
      srtpProfiles: srtpProfiles.map(({ id }) => id),
      extendedMasterSecret: true,
      certificateRequest: role === 'server',
    };
    this.#socket = role === 'client' ? new DtlsClient(settings) : new DtlsServer(settings);
    this.#handle = this.#socket.onHandleHandshakes;
    this.#socket.onHandleHandshakes = async (messages) => {
      for (const message of messages) this.#inOrder(message);
    };
    this.#socket.onConnect.once(() => this.#secured());
    // A packet that came twice or from a stranger is among what werift calls an error: time decides, not one packet.
    this.#socket.onError.subscribe((error) => this.#note(error));
    if (this.#socket instanceof DtlsClient) this.#socket.connect().catch((error) => this.#note(error));
  }

  /** What went wrong last, for people. */
  get complaint(): string | undefined {
    return this.#complaint;
  }

  receive(datagram: Buffer): void {
    this.#received += datagram.length;
    if (this.#received > bytesMost) return;
    this.#feed(datagram);
    if (this.#early.length === 0 || this.#socket.cipher.cipher === undefined) return;
    for (const each of this.#early.splice(0)) this.#feed(each);
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#over = true;
    this.#transport.closed = true;
    // Its flights look at this before they wait again.
    this.#socket.dtls.flight = Number.POSITIVE_INFINITY;
  }

  #feed(datagram: Buffer): void {
    // Sealed records that overtook the messages which make their keys (RFC 6347 §4.2.4).
    if (isSealed(datagram) && this.#socket.cipher.cipher === undefined) {
      if (this.#early.length < earlyMost) this.#early.push(datagram);
      return;
    }
    try {
      this.#transport.onData(datagram, ['', 0]);
    } catch {
      // werift reads lengths before it looks whether the octets are there.
    }
  }

  /**
   * One message after another, each once (RFC 6347 §4.2.2): werift takes them as they come, and makes other keys of one that comes
   * again. Only the last of a flight may, where it asks for ours again.
   */
  #inOrder(message: Message): void {
    if (message.message_seq < this.#next) {
      const last = message.message_seq === this.#next - 1;
      if (last && asksAgain.includes(message.msg_type)) this.#take(message);
      return;
    }
    if (message.message_seq > this.#next) {
      if (this.#waiting.size < waitingMost) this.#waiting.set(message.message_seq, message);
      return;
    }
    this.#take(message);
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#take(next);
    }
  }

  #take(message: Message): void {
    if (message.message_seq === this.#next) this.#next++;
    const finished = message.msg_type === messageType.finished;
    if (this.#over || (finished && !this.#proven && !this.#isProven(message.fragment))) return;
    this.#handle([message]).catch((error) => this.#note(error));
  }

  #isProven(finished: Buffer): boolean {
    const { role, isPeer } = this.#options;
    const { cipher, dtls } = this.#socket;
    const [own, peers] = [cipher.localRandom?.serialize(), cipher.remoteRandom?.serialize()];
    // A Finished that comes before what it concludes is dropped: the peer repeats its flight.
    if (own === undefined || peers === undefined || cipher.masterSecret === undefined) return false;
    const messages = dtls.sortedHandshakeCache;
    const why = whyUnproven({
      role,
      // Our own Finished comes before a server's, and after a client's.
      messages: role === 'client' ? messages : messages.filter(({ msg_type: type }) => type !== messageType.finished),
      finished,
      certificate: cipher.remoteCertificate,
      masterSecret: cipher.masterSecret,
      clientRandom: role === 'client' ? own : peers,
      serverRandom: role === 'client' ? peers : own,
      isPeer,
    });
    this.#proven = why === undefined;
    if (why === undefined) return true;
    this.#transport.send(badCertificate);
    this.#fail(why);
    return false;
  }

  #note(error: unknown): void {
    this.#complaint = error instanceof Error && error.message !== '' ? error.message : undefined;
  }

  #secured(): void {
    const profile = srtpProfiles.find(({ id }) => id === this.#socket.srtp.srtpProfile);
    if (profile === undefined) {
      this.#fail('no SRTP profile was agreed on');
      return;
    }
    const keys = this.#socket.extractSessionKeys(profile.keyBytes, profile.saltBytes);
    this.#end({
      kind: 'secured',
      keys: {
        suite: profile.suite,
        send: Buffer.concat([keys.localKey, keys.localSalt]).toString('base64'),
        receive: Buffer.concat([keys.remoteKey, keys.remoteSalt]).toString('base64'),
      },
    });
  }

  #fail(why: string): void {
    // A secured handshake only repeats its last flight: what goes wrong with that changes no keys.
    if (this.#ended) return;
    this.close();
    this.#end({ kind: 'failed', why });
  }

  #end(outcome: HandshakeOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.done(outcome);
  }
}

/** Where werift thinks that its socket is. */
class HandshakeTransport implements Transport {
  readonly type = 'udp';
  readonly address = { address: '', family: 'IPv4', port: 0 };
  closed = false;
  onData: (data: Buffer, from: Address) => void = () => {};
  readonly #send: (bytes: Buffer) => void;

  constructor(send: (bytes: Buffer) => void) {
    this.#send = send;
  }

  readonly send = async (bytes: Buffer): Promise<void> => {
    if (!this.closed) this.#send(bytes);
  };

  readonly close = async (): Promise<void> => {
    this.closed = true;
  };
}

/** Whether a datagram begins with a record under keys (RFC 6347 §4.1: epoch 1 and more). */
function isSealed(datagram: Buffer): boolean {
  return datagram.length > 4 && datagram.readUInt16BE(3) > 0;
}
