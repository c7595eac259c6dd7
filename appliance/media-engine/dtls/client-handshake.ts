import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { type CipherSuite, cipherSuites, masterSecret, type SessionSecrets, verifyData } from './cipher-suite.js';
import { FlightChannel } from './flight-channel.js';
import { Handshake, type HandshakeOptions } from './handshake.js';
import {
  type ClientHello,
  decodeCertificate,
  decodeCertificateRequest,
  decodeHelloVerifyRequest,
  decodeServerHello,
  decodeServerKeyExchange,
  encodeCertificate,
  encodeClientHello,
  encodeKeyParameters,
  encodeSignature,
  extensionType,
  type HandshakeMessage,
  handshakeType,
} from './handshake-message.js';
import { groups, makeKeyShare } from './key-agreement.js';
import { OctetReader, uint, vector } from './octets.js';
import {
  ownSignatureAlgorithm,
  publicKeyOf,
  signatureAlgorithms,
  signatureHolds,
  signOwn,
} from './peer-certificate.js';
import { type SrtpProfile, srtpProfiles } from './srtp-profile.js';

/** What the server's flight has taught so far. */
interface Progress {
  readonly suite: CipherSuite;
  readonly profile: SrtpProfile;
  readonly serverRandom: Buffer;
  readonly extendedMasterSecret: boolean;
  readonly der?: Buffer;
  readonly peerKey?: KeyObject;
  readonly ownPoint?: Buffer;
  readonly premaster?: Buffer;
  readonly certificateAsked: boolean;
}

/** `a=setup:active` (RFC 5763 §5): a full handshake of DTLS 1.2 as client (RFC 6347 §4.2). */
export class ClientHandshake extends Handshake {
  #hello: ClientHello;
  #progress: Progress | undefined;
  #secrets: SessionSecrets | undefined;

  constructor(options: HandshakeOptions, now: number) {
    super(options, new FlightChannel({ peerMessage: 0, ownMessage: 0, ownRecord: 0 }));
    const list = (values: readonly number[]): Buffer => vector(2, ...values.map((value) => uint(value, 2)));
    this.#hello = {
      random: Buffer.from(options.random.bytes(32)),
      sessionId: Buffer.alloc(0),
      cookie: Buffer.alloc(0),
      suites: cipherSuites.map(({ id }) => id),
      extensions: new Map([
        [extensionType.supportedGroups, list(groups)],
        [extensionType.ecPointFormats, vector(1, uint(0, 1))],
        [extensionType.signatureAlgorithms, list(signatureAlgorithms)],
        [extensionType.useSrtp, Buffer.concat([list(srtpProfiles.map(({ id }) => id)), vector(1)])],
        [extensionType.extendedMasterSecret, Buffer.alloc(0)],
        [extensionType.renegotiationInfo, vector(1)],
      ]),
    };
    this.#sayHello(now);
  }

  #sayHello(now: number): void {
    this.channel.forgetTranscript();
    this.channel.beginFlight();
    this.channel.addMessage(handshakeType.clientHello, encodeClientHello(this.#hello));
    this.channel.sendFlight(now, true);
  }

  protected override handle(message: HandshakeMessage, sealed: boolean, now: number): undefined {
    if (sealed !== (message.type === handshakeType.finished)) return;
    switch (message.type) {
      case handshakeType.helloVerifyRequest:
        return this.#onHelloVerifyRequest(message, now);
      case handshakeType.serverHello:
        return this.#onServerHello(message);
      case handshakeType.certificate:
        return this.#onCertificate(message);
      case handshakeType.serverKeyExchange:
        return this.#onServerKeyExchange(message);
      case handshakeType.certificateRequest:
        return this.#onCertificateRequest(message);
      case handshakeType.serverHelloDone:
        return this.#onServerHelloDone(message, now);
      case handshakeType.finished:
        return this.#onFinished(message);
      default:
        return this.fail(`message ${message.type} was not expected`, 'illegalParameter');
    }
  }

  #onHelloVerifyRequest(message: HandshakeMessage, now: number): undefined {
    const cookie = decodeHelloVerifyRequest(message.body);
    if (cookie === undefined || this.#hello.cookie.length > 0 || this.#progress !== undefined) return;
    this.#hello = { ...this.#hello, cookie: Buffer.from(cookie) };
    this.#sayHello(now);
  }

  #onServerHello(message: HandshakeMessage): undefined {
    if (this.#progress !== undefined) return this.fail('a second ServerHello', 'illegalParameter');
    const hello = decodeServerHello(message.body);
    if (hello === undefined) return this.fail('ServerHello is malformed, or not of DTLS 1.2', 'decodeError');
    const suite = cipherSuites.find(({ id }) => id === hello.suite);
    const profile = chosenProfile(hello.extensions.get(extensionType.useSrtp));
    if (suite === undefined)
      return this.fail('the server chose a cipher suite that we did not offer', 'illegalParameter');
    if (profile === undefined) return this.fail('the server agreed to no SRTP profile of ours', 'handshakeFailure');
    this.#progress = {
      suite,
      profile,
      serverRandom: hello.random,
      extendedMasterSecret: hello.extensions.has(extensionType.extendedMasterSecret),
      certificateAsked: false,
    };
    this.channel.note(message);
  }

  #onCertificate(message: HandshakeMessage): undefined {
    const progress = this.#progress;
    if (progress === undefined || progress.der !== undefined)
      return this.fail('Certificate out of order', 'illegalParameter');
    const der = decodeCertificate(message.body);
    if (der === undefined) return this.fail('the server has no certificate', 'badCertificate');
    if (!this.options.isPeer(der))
      return this.fail('the certificate is not the one of the fingerprint', 'badCertificate');
    const peerKey = publicKeyOf(der);
    if (peerKey === undefined) return this.fail('the certificate has no key that we take', 'badCertificate');
    this.#progress = { ...progress, der, peerKey };
    this.channel.note(message);
  }

  #onServerKeyExchange(message: HandshakeMessage): undefined {
    const progress = this.#progress;
    if (progress?.peerKey === undefined || progress.premaster !== undefined) {
      return this.fail('ServerKeyExchange out of order', 'illegalParameter');
    }
    const exchange = decodeServerKeyExchange(message.body);
    if (exchange === undefined) return this.fail('ServerKeyExchange is malformed', 'decodeError');
    const { group, point, algorithm, signature } = exchange;
    const signed = Buffer.concat([this.#hello.random, progress.serverRandom, encodeKeyParameters(group, point)]);
    if (!signatureHolds(progress.peerKey, algorithm, signed, signature)) {
      return this.fail('the server does not have the key of its certificate', 'decryptError');
    }
    const share = groups.includes(group) ? makeKeyShare(group) : undefined;
    const premaster = share?.agree(point);
    if (share === undefined || premaster === undefined) {
      return this.fail('the server chose no point of a group that we offered', 'illegalParameter');
    }
    this.#progress = { ...progress, ownPoint: share.point, premaster };
    this.channel.note(message);
  }

  #onCertificateRequest(message: HandshakeMessage): undefined {
    const request = decodeCertificateRequest(message.body);
    if (this.#progress === undefined || request === undefined) {
      return this.fail('CertificateRequest is malformed or out of order', 'decodeError');
    }
    if (!request.algorithms.includes(ownSignatureAlgorithm)) {
      return this.fail('the server takes no signature of ours', 'handshakeFailure');
    }
    this.#progress = { ...this.#progress, certificateAsked: true };
    this.channel.note(message);
  }

  #onServerHelloDone(message: HandshakeMessage, now: number): undefined {
    const progress = this.#progress;
    if (progress?.premaster === undefined || progress.ownPoint === undefined || this.#secrets !== undefined) {
      return this.fail('ServerHelloDone out of order', 'illegalParameter');
    }
    this.channel.note(message);
    const { channel } = this;
    const { suite, serverRandom, premaster } = progress;
    channel.beginFlight();
    if (progress.certificateAsked) {
      channel.addMessage(handshakeType.certificate, encodeCertificate(this.options.certificate.der));
    }
    channel.addMessage(handshakeType.clientKeyExchange, vector(1, progress.ownPoint));
    const randoms = { client: this.#hello.random, server: serverRandom };
    const session = progress.extendedMasterSecret ? channel.transcript : undefined;
    const master = masterSecret(suite, premaster, randoms, session);
    if (progress.certificateAsked) {
      const signature = signOwn(this.options.certificate.key, channel.transcript);
      channel.addMessage(handshakeType.certificateVerify, encodeSignature(ownSignatureAlgorithm, signature));
    }
    const secrets = { suite, master, clientRandom: randoms.client, serverRandom };
    this.#secrets = secrets;
    channel.addChangeCipherSpec();
    this.startReading(secrets, 'client')();
    channel.addMessage(handshakeType.finished, verifyData(secrets, 'client', channel.transcript));
    channel.sendFlight(now, true);
  }

  #onFinished(message: HandshakeMessage): undefined {
    if (this.#secrets === undefined || this.#progress === undefined) return;
    const wanted = verifyData(this.#secrets, 'server', this.channel.transcript);
    if (wanted.length !== message.body.length || !timingSafeEqual(wanted, message.body)) {
      return this.fail('the two sides did not see the same handshake', 'decryptError');
    }
    this.secure(this.#secrets, this.#progress.profile, 'client');
  }
}

/** RFC 5764 §4.1.1: exactly one, of those that were offered. */
function chosenProfile(extension: Buffer | undefined): SrtpProfile | undefined {
  if (extension === undefined) return undefined;
  const reader = new OctetReader(extension);
  const list = reader.vector(2);
  reader.vector(1);
  if (!reader.whole || list.length !== 2) return undefined;
  return srtpProfiles.find(({ id }) => id === list.readUInt16BE(0));
}
