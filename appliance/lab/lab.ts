import type { Clock, Log, Random, Timer } from '../../src/base/index.js';
import type { LabCommand, LabState } from '../io/index.js';
import { isEmergency, outsideNumber, people, realm, spareExtension } from './account.js';
import { Centre } from './centre.js';
import { LabLinesView } from './lab-lines.js';
import type { LabGround, Party } from './party.js';
import { Phone } from './phone.js';
import { PstnGateway } from './pstn-gateway.js';
import { RtpBeat } from './rtp-stream.js';
import type { OpenSipServer } from './sip-application.js';

/** Each party has an address of its own, as in a branch; Linux answers to all of 127.0.0.0/8. */
const addresses = { centre: '127.0.2.10', pstn: '127.0.2.20', phones: ['127.0.2.101', '127.0.2.102', '127.0.2.103'] };
/** While somebody talks, the count of packets moves on the page. */
const SOUND_MS = 1000;

/** Ports of the parties; 0: any free one. Kept over restarts, because Holdfast's configuration names them. */
export interface LabPorts {
  readonly centre: number;
  readonly pstn: number;
  readonly phones: readonly number[];
}

export interface LabOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly openSipServer: OpenSipServer;
  readonly ports: LabPorts;
  /** Where Holdfast speaks SIP: `127.0.0.1:15060`. */
  readonly holdfast: string;
  /** Control socket of the simulated lines; absent: there are none. */
  readonly world?: string;
}

/** The simulated centre, phones and telephone network around one real Holdfast. */
export class Lab {
  readonly #options: LabOptions;
  readonly #listeners = new Set<() => void>();
  readonly #ground: LabGround;
  #wan: { up: boolean; sinceWall: number };
  #centre: Centre | undefined;
  #pstn: PstnGateway | undefined;
  readonly #phones: Phone[] = [];
  readonly #lines: LabLinesView | undefined;
  #tick: Timer | undefined;

  private constructor(options: LabOptions) {
    this.#options = options;
    const { clock, random, log } = options;
    this.#wan = { up: true, sinceWall: clock.wall() };
    this.#ground = {
      clock,
      random,
      log,
      beat: new RtpBeat(clock),
      proxy: `sip:${options.holdfast};transport=udp`,
      onChange: () => this.#changed(),
    };
    const { world: path } = options;
    if (path !== undefined)
      this.#lines = new LabLinesView({
        ...{ path, clock, log },
        onChange: () => this.#changed(),
        speakerOf: (toneHz) => this.#speakerOf(toneHz),
      });
  }

  /** Opens every party's sockets; the phones do not register yet. */
  static async open(options: LabOptions): Promise<Lab> {
    const lab = new Lab(options);
    try {
      await lab.#open();
    } catch (failure) {
      await lab.close();
      throw failure;
    }
    return lab;
  }

  get ports(): LabPorts {
    return {
      centre: this.#centre?.sip.port ?? 0,
      pstn: this.#pstn?.party.sip.port ?? 0,
      phones: this.#phones.map((phone) => phone.party.sip.port),
    };
  }

  get centreAddress(): string {
    return `${addresses.centre}:${this.ports.centre}`;
  }

  get pstnAddress(): string {
    return `${addresses.pstn}:${this.ports.pstn}`;
  }

  startPhones(): void {
    for (const phone of this.#phones) phone.start();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  state(): LabState {
    const spare = people.find(({ extension }) => extension === spareExtension);
    const lines = this.#lines?.state();
    return {
      wan: { ...this.#wan },
      centre: {
        address: this.centreAddress,
        registered: this.#centre?.registered ?? 0,
        calls: this.#centre?.calls ?? 0,
      },
      pstn: { address: this.pstnAddress, calls: this.#pstn?.party.calls.length ?? 0, numbers: [outsideNumber, '911'] },
      phones: this.#phones.map((phone) => phone.view()),
      calls: this.#parties().flatMap((party) => party.calls),
      ...(lines === undefined ? {} : { lines }),
      spare: {
        username: spare?.extension ?? '',
        password: spare?.password ?? '',
        registrar: realm,
        proxy: `${this.#ground.proxy};lr`,
      },
    };
  }

  /** Carries a command out; resolves with the reason when it cannot be. */
  async command(command: LabCommand): Promise<string | undefined> {
    switch (command.name) {
      case 'wan':
        if (this.#wan.up !== command.up) this.#wan = { up: command.up, sinceWall: this.#options.clock.wall() };
        this.#options.log.info(command.up ? 'WAN restored' : 'WAN cut');
        this.#changed();
        return undefined;
      case 'call':
        return this.#call(command.from, command.to);
      case 'hangup':
        return this.#hangUp(command.id);
      case 'hold':
        return this.#hold(command.id, command.on);
      case 'transfer': {
        const phone = this.#phones.find((one) => one.party.end(command.id) !== undefined);
        if (phone === undefined) return 'Only a phone of the branch can transfer, and only a call of its own.';
        phone.transfer(command.id, command.to);
        return undefined;
      }
      case 'restart-phone': {
        const phone = this.#phone(command.extension);
        if (phone === undefined) return `There is no phone ${command.extension}.`;
        phone.restart(command.wrongPassword === true);
        return undefined;
      }
      default:
        return this.#lines === undefined ? 'This lab has no lines.' : this.#lines.command(command);
    }
  }

  async close(): Promise<void> {
    this.#tick?.cancel();
    this.#lines?.close();
    await Promise.all([
      ...this.#phones.map((phone) => phone.close()),
      this.#pstn?.party.close(),
      this.#centre?.sip.close(),
    ]);
  }

  async #open(): Promise<void> {
    const { openSipServer, ports } = this.#options;
    const pstn = await openSipServer({ address: addresses.pstn, port: ports.pstn });
    this.#pstn = new PstnGateway(addresses.pstn, pstn, this.#ground);
    const gate = (): boolean => this.#wan.up;
    const centre = await openSipServer({ address: addresses.centre, port: ports.centre, gate });
    this.#centre = new Centre(addresses.centre, centre, this.pstnAddress, this.#ground);
    for (const [i, address] of addresses.phones.entries()) {
      const person = people[i];
      if (person === undefined) continue;
      const sip = await openSipServer({ address, port: ports.phones[i] ?? 0 });
      this.#phones.push(new Phone(person, address, sip, this.#ground));
    }
  }

  async #call(from: string, to: string): Promise<string | undefined> {
    if (from === 'pstn') {
      if (people.every((person) => person.extension !== to)) return `Nobody has the extension ${to}.`;
      await this.#pstn?.call(to);
      return undefined;
    }
    const phone = this.#phone(from);
    if (phone === undefined) return `There is no phone ${from}.`;
    if (!/^[0-9*#+]{1,32}$/.test(to)) return 'That is not a number.';
    if (phone.party.calls.length > 0) {
      if (!isEmergency(to)) return `Phone ${from} is in a call; hang up first.`;
      phone.party.hangUpAll();
    }
    await phone.call(to);
    return undefined;
  }

  #hangUp(id: string | undefined): string | undefined {
    if (id !== undefined) return this.#withCall(id, (party) => party.end(id)?.hangUp());
    for (const party of this.#parties()) party.hangUpAll();
    return undefined;
  }

  #hold(id: string, on: boolean): string | undefined {
    const end = this.#parties()
      .map((party) => party.end(id))
      .find((one) => one !== undefined);
    if (end === undefined) return 'That call is over.';
    return end.hold(on) ? undefined : 'The call is not up, or the last change of it is not answered yet.';
  }

  #withCall(id: string, action: (party: Party) => void): string | undefined {
    const party = this.#parties().find((one) => one.end(id) !== undefined);
    if (party === undefined) return 'That call is over.';
    action(party);
    return undefined;
  }

  /** Two parties may have the same tone: then nobody can say whose it is. */
  #speakerOf(toneHz: number): string | undefined {
    const near = this.#parties().flatMap(({ calls }) => calls.filter((call) => Math.abs(call.toneHz - toneHz) <= 10));
    const names = new Set(near.map(({ party }) => party));
    return names.size === 1 ? [...names][0] : undefined;
  }

  #phone(extension: string): Phone | undefined {
    return this.#phones.find((phone) => phone.person.extension === extension);
  }

  #parties(): readonly Party[] {
    return [...this.#phones.map((phone) => phone.party), ...(this.#pstn === undefined ? [] : [this.#pstn.party])];
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
    if (this.#tick !== undefined || this.#parties().every((party) => party.calls.length === 0)) return;
    this.#tick = this.#options.clock.after(SOUND_MS, () => {
      this.#tick = undefined;
      for (const party of this.#parties()) party.checkSound();
      this.#changed();
    });
  }
}
