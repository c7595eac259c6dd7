import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { type CipherSuite, cipherSuites, masterSecret, type SessionSecrets, verifyData } from './cipher-suite.js';
import { FlightChannel } from './flight-channel.js';
import { Handshake, type HandshakeOptions } from './handshake.js';
import {
  type ClientHello,
  decodeCertificate,
  decodeClientKeyExchange,
  decodeSignature,
  encodeCertificate,
  encodeCertificateRequest,
  encodeKeyParameters,
  encodeServerHello,
  encodeServerKeyExchange,
  extensionType,
  type HandshakeMessage,
  handshakeType,
} from './handshake-message.js';
import { groups, type KeyShare, makeKeyShare } from './key-agreement.js';
import { OctetReader, uint, uint16List, vector } from './octets.js';
import {
  ownSignatureAlgorithm,
  publicKeyOf,
  signatureAlgorithms,
  signatureHolds,
  signOwn,
} from './peer-certificate.js';
import { type SrtpProfile, srtpProfiles } from './srtp-profile.js';

/** A ClientHello, and the numbers it came under. */
export interface ReceivedHello {
  readonly hello: ClientHello;
  readonly message: HandshakeMessage;
  readonly recordSequence: number;
}

interface Choice {
  readonly suite: CipherSuite;
  readonly group: number;
  readonly profile: SrtpProfile;
  readonly extendedMasterSecret: boolean;
}

/** `a=setup:passive` (RFC 5763 §5): a full handshake of DTLS 1.2 as server, with the client's certificate. */
export class ServerHandshake extends Handshake {
  readonly clientRandom: Buffer;
  readonly #serverRandom: Buffer;
  #choice: Choice | undefined;
  #share: KeyShare | undefined;
  #peerKey: KeyObject | undefined;
  #secrets: SessionSecrets | undefined;
  #startWriting: (() => void) | undefined;
  #proven = false;

  constructor(options: HandshakeOptions, { hello, message, recordSequence }: ReceivedHello, now: number) {
    const { sequence } = message;
    super(options, new FlightChannel({ peerMessage: sequence + 1, ownMessage: sequence, ownRecord: recordSequence }));
    this.clientRandom = hello.random;
    this.#serverRandom = Buffer.from(options.random.bytes(32));
    const choice = choose(hello);
    if (typeof choice === 'string') {
      this.fail(choice, 'handshakeFailure');
      return;
    }
    this.#choice = choice;
    this.#share = makeKeyShare(choice.group);
    this.channel.note(message);
    this.#answerHello(hello, choice, now);
  }

  #answerHello(hello: ClientHello, choice: Choice, now: number): void {
    const { channel, options } = this;
    const extensions = new Map<number, Buffer>([
      [extensionType.useSrtp, Buffer.concat([vector(2, uint(choice.profile.id, 2)), vector(1)])],
    ]);
    if (choice.extendedMasterSecret) extensions.set(extensionType.extendedMasterSecret, Buffer.alloc(0));
    if (hello.extensions.has(extensionType.ecPointFormats))
      extensions.set(extensionType.ecPointFormats, vector(1, uint(0, 1)));
    const renegotiationScsv = 0xff;
    if (hello.extensions.has(extensionType.renegotiationInfo) || hello.suites.includes(renegotiationScsv)) {
      extensions.set(extensionType.renegotiationInfo, vector(1));
    }
    const point = this.#share?.point ?? Buffer.alloc(0);
    const signed = Buffer.concat([this.clientRandom, this.#serverRandom, encodeKeyParameters(choice.group, point)]);
    channel.beginFlight();
    const serverHello = { random: this.#serverRandom, suite: choice.suite.id, extensions };
    channel.addMessage(handshakeType.serverHello, encodeServerHello(serverHello));
    channel.addMessage(handshakeType.certificate, encodeCertificate(options.certificate.der));
    const signature = signOwn(options.certificate.key, signed);
    channel.addMessage(
      handshakeType.serverKeyExchange,
      encodeServerKeyExchange({ group: choice.group, point, algorithm: ownSignatureAlgorithm, signature }),
    );
    channel.addMessage(handshakeType.certificateRequest, encodeCertificateRequest(signatureAlgorithms));
    channel.addMessage(handshakeType.serverHelloDone, Buffer.alloc(0));
    channel.sendFlight(now, true);
  }

  protected override handle(message: HandshakeMessage, sealed: boolean, now: number): undefined {
    if (sealed !== (message.type === handshakeType.finished)) return;
    switch (message.type) {
      case handshakeType.certificate:
        return this.#onCertificate(message);
      case handshakeType.clientKeyExchange:
        return this.#onClientKeyExchange(message);
      case handshakeType.certificateVerify:
        return this.#onCertificateVerify(message);
      case handshakeType.finished:
        return this.#onFinished(message, now);
      default:
        return this.fail(`message ${message.type} was not expected`, 'illegalParameter');
    }
  }

  #onCertificate(message: HandshakeMessage): undefined {
    if (this.#peerKey !== undefined) return this.fail('a second Certificate', 'illegalParameter');
    const der = decodeCertificate(message.body);
    if (der === undefined) return this.fail('the client has no certificate', 'badCertificate');
    if (!this.options.isPeer(der))
      return this.fail('the certificate is not the one of the fingerprint', 'badCertificate');
    this.#peerKey = publicKeyOf(der);
    if (this.#peerKey === undefined) return this.fail('the certificate has no key that we take', 'badCertificate');
    this.channel.note(message);
  }

  #onClientKeyExchange(message: HandshakeMessage): undefined {
    const choice = this.#choice;
    if (choice === undefined || this.#peerKey === undefined || this.#secrets !== undefined) {
      return this.fail('ClientKeyExchange out of order', 'illegalParameter');
    }
    const point = decodeClientKeyExchange(message.body);
    const premaster = point === undefined ? undefined : this.#share?.agree(point);
    if (premaster === undefined) return this.fail('the client sent no point of the group', 'illegalParameter');
    this.channel.note(message);
    const randoms = { client: this.clientRandom, server: this.#serverRandom };
    const session = choice.extendedMasterSecret ? this.channel.transcript : undefined;
    const master = masterSecret(choice.suite, premaster, randoms, session);
    this.#secrets = { suite: choice.suite, master, clientRandom: randoms.client, serverRandom: randoms.server };
  }

  #onCertificateVerify(message: HandshakeMessage): undefined {
    const verify = decodeSignature(message.body);
    if (this.#secrets === undefined || this.#peerKey === undefined || verify === undefined) {
      return this.fail('CertificateVerify is malformed or out of order', 'decodeError');
    }
    if (!signatureHolds(this.#peerKey, verify.algorithm, this.channel.transcript, verify.signature)) {
      return this.fail('the client does not have the key of its certificate', 'decryptError');
    }
    this.channel.note(message);
    this.#proven = true;
    this.#startWriting = this.startReading(this.#secrets, 'server');
  }

  #onFinished(message: HandshakeMessage, now: number): undefined {
    const { channel } = this;
    if (this.#secrets === undefined || this.#choice === undefined || !this.#proven) return;
    const wanted = verifyData(this.#secrets, 'client', channel.transcript);
    if (wanted.length !== message.body.length || !timingSafeEqual(wanted, message.body)) {
      return this.fail('the two sides did not see the same handshake', 'decryptError');
    }
    channel.note(message);
    channel.beginFlight();
    channel.addChangeCipherSpec();
    this.#startWriting?.();
    channel.addMessage(handshakeType.finished, verifyData(this.#secrets, 'server', channel.transcript));
    channel.sendFlight(now, false);
    this.secure(this.#secrets, this.#choice.profile, 'server');
  }
}

/** Our best of what the client offers; else why there is none. */
function choose({ suites, extensions }: ClientHello): Choice | string {
  const offered = (type: number): readonly number[] => {
    const data = extensions.get(type);
    if (data === undefined) return [];
    return uint16List(new OctetReader(data).vector(2)) ?? [];
  };
  const suite = cipherSuites.find(({ id, signature }) => signature === 'ecdsa' && suites.includes(id));
  if (suite === undefined) return 'the client offers no cipher suite of ours';
  const group = groups.find((each) => offered(extensionType.supportedGroups).includes(each));
  if (group === undefined) return 'the client offers no group of ours';
  if (!offered(extensionType.signatureAlgorithms).includes(ownSignatureAlgorithm)) {
    return 'the client takes no signature of ours';
  }
  const profile = srtpProfiles.find(({ id }) => offered(extensionType.useSrtp).includes(id));
  if (profile === undefined) return 'the client offers no SRTP profile of ours';
  return { suite, group, profile, extendedMasterSecret: extensions.has(extensionType.extendedMasterSecret) };
}
