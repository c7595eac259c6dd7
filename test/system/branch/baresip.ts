import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Gate } from './gate.js';
import type { Namespace } from './namespace.js';
import { until, wallNow } from './patience.js';
import type { PeerProcess } from './peer-process.js';

export interface BaresipAccount {
  readonly username: string;
  readonly domain: string;
  readonly password?: string;
  readonly outboundProxy?: string;
  /** Seconds; 0: never registers. */
  readonly expires: number;
  readonly answer: 'manual' | 'auto';
}

export interface BaresipSettings {
  readonly name: string;
  /** Where it stands; its SIP port is 5060. */
  readonly address: string;
  readonly device: string;
  readonly accounts: readonly BaresipAccount[];
  /** Hz of the tone it speaks. */
  readonly tone: number;
  /** G.711 in the clear where absent. */
  readonly sound?: BaresipSound;
  /** PEM files: its certificate with its key, and whom it believes. */
  readonly tls?: { readonly certificate: string; readonly authority: string };
}

/** How a telephone speaks, and what it writes down of what it hears. */
export interface BaresipSound {
  /** As baresip names them, with rate and channels: `opus/48000/2`. */
  readonly codecs: string;
  readonly encryption?: 'srtp-mand' | 'dtls_srtp';
  readonly ice?: boolean;
  /** Further modules, e.g. `opus.so`. */
  readonly modules: readonly string[];
}

export interface BaresipEvent {
  /** Milliseconds of the wall clock, when the event arrived here. */
  readonly at: number;
  readonly type: string;
  readonly peer: string;
  readonly id: string;
  readonly text: string;
}

const controlPort = 4444;

/** A telephone with a voice: baresip, driven over its ctrl_tcp module (JSON in netstrings). */
export class Baresip {
  readonly settings: BaresipSettings;
  readonly events: BaresipEvent[] = [];
  readonly #space: Namespace;
  readonly #gate: Gate;
  readonly #folder: string;
  #process: PeerProcess | undefined;
  #socket: Socket | undefined;
  #rest = Buffer.alloc(0);
  #token = 0;
  readonly #answers = new Map<string, (text: string) => void>();

  private constructor(space: Namespace, gate: Gate, folder: string, settings: BaresipSettings) {
    this.settings = settings;
    this.#space = space;
    this.#gate = gate;
    this.#folder = folder;
  }

  static async start(space: Namespace, gate: Gate, folder: string, settings: BaresipSettings): Promise<Baresip> {
    const phone = new Baresip(space, gate, folder, settings);
    await phone.start();
    return phone;
  }

  /** Power on: it registers by itself. With `password`, all accounts use that one. */
  async start(password?: string): Promise<void> {
    const home = this.#home;
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'config'), configOf(this.settings));
    writeFileSync(
      join(home, 'accounts'),
      this.settings.accounts.map((one) => accountOf(one, password, this.settings.sound)).join(''),
    );
    writeFileSync(join(home, 'contacts'), '');
    const started = this.#space.spawn('baresip', ['-f', home, '-s'], { logFile: join(home, 'baresip.log'), cwd: home });
    this.#process = started;
    this.#socket = await until(`${this.settings.name}'s control port opens`, 5000, () => {
      if (started.exitCode !== undefined) throw new Error(started.output());
      return this.#connect();
    });
  }

  /** Power off: no un-REGISTER, no BYE. */
  async powerOff(): Promise<void> {
    this.#socket?.destroy();
    this.#process?.kill('SIGKILL');
    await this.#process?.ended;
  }

  /** Any command of baresip's menu; the answer is its text. */
  command(command: string, parameters = ''): Promise<string> {
    const socket = this.#socket;
    if (socket === undefined) throw new Error(`${this.settings.name} is off.`);
    this.#token += 1;
    const token = String(this.#token);
    const text = JSON.stringify({ command, params: parameters, token });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#answers.delete(token);
        reject(new Error(`${this.settings.name} did not answer to ${command} ${parameters}`));
      }, 3000);
      this.#answers.set(token, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      socket.write(`${Buffer.byteLength(text)}:${text},`);
    });
  }

  /** Returns the time (wall clock) at which the command was given. */
  async dial(target: string): Promise<number> {
    const at = wallNow();
    await this.command('dial', target);
    return at;
  }

  accept(): Promise<string> {
    return this.command('accept');
  }

  /** WAV files of what it heard in its calls so far, the last one last; complete when the call is over. */
  get recordings(): readonly string[] {
    const home = this.#home;
    return readdirSync(home)
      .filter((name) => name.endsWith('-dec.wav'))
      .sort()
      .map((name) => join(home, name));
  }

  get #home(): string {
    return join(this.#folder, `baresip-${this.settings.name}`);
  }

  hold(): Promise<string> {
    return this.command('hold');
  }

  resume(): Promise<string> {
    return this.command('resume');
  }

  transfer(target: string): Promise<string> {
    return this.command('transfer', target);
  }

  hangUp(): Promise<string> {
    return this.command('hangup');
  }

  /** Ends whatever calls there are, one after the other. */
  async hangUpAll(): Promise<void> {
    for (let call = 0; call < 8 && this.inCall; call += 1) {
      const since = wallNow();
      await this.hangUp();
      await this.event('CALL_CLOSED', since, 1000).catch(() => undefined);
    }
  }

  /** More calls established than closed, by the events so far. */
  get inCall(): boolean {
    const open = new Set<string>();
    for (const one of this.events) {
      if (one.type === 'CALL_ESTABLISHED') open.add(one.id);
      else if (one.type === 'CALL_CLOSED') open.delete(one.id);
    }
    return open.size > 0;
  }

  /** The first event of a type since a time of the wall clock, waited for. */
  event(type: string, since: number, withinMs: number): Promise<BaresipEvent> {
    const name = this.settings.name;
    return until(
      `${name} tells ${type}`,
      withinMs,
      () => {
        const found = this.events.find((one) => one.type === type && one.at >= since);
        if (found !== undefined) return found;
        const closed = this.events.find((one) => one.type === 'CALL_CLOSED' && one.at >= since);
        return closed !== undefined && type === 'CALL_ESTABLISHED' ? 'closed' : undefined;
      },
      5,
    )
      .then((found) => {
        if (found === 'closed') throw new Error(`${name}'s call was closed instead`);
        return found;
      })
      .catch((error: unknown) => {
        const told = this.events.filter((one) => one.at >= since).map((one) => `${one.type} ${one.text}`);
        throw new Error(`${String(error)}; it told: ${told.join(', ') || 'nothing'}`);
      });
  }

  #connect(): Promise<Socket | undefined> {
    const socket = this.#gate.connect(this.settings.address, controlPort);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      socket.on('close', () => resolve(undefined));
      // The gate closes at once when nobody listens; an answer proves that somebody does.
      this.#answers.set('hello', () => resolve(socket));
      const text = JSON.stringify({ command: 'about', params: '', token: 'hello' });
      socket.write(`${text.length}:${text},`);
    });
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const colon = this.#rest.indexOf(':');
      if (colon < 0) return;
      const length = Number(this.#rest.subarray(0, colon).toString('latin1'));
      const end = colon + 1 + length;
      if (this.#rest.length < end + 1) return;
      const text = this.#rest.subarray(colon + 1, end).toString('utf8');
      this.#rest = this.#rest.subarray(end + 1);
      this.#heard(text);
    }
  }

  #heard(text: string): void {
    const said: {
      event?: boolean;
      type?: string;
      peeruri?: string;
      id?: string;
      param?: string;
      token?: string;
      data?: string;
    } = JSON.parse(text);
    if (said.event === true) {
      this.events.push({
        at: wallNow(),
        type: said.type ?? '',
        peer: said.peeruri ?? '',
        id: said.id ?? '',
        text: said.param ?? '',
      });
      return;
    }
    const token = said.token ?? '';
    this.#answers.get(token)?.(said.data ?? '');
    this.#answers.delete(token);
  }
}

function accountOf(account: BaresipAccount, password: string | undefined, sound: BaresipSound | undefined): string {
  const parameters = [
    `auth_user=${account.username}`,
    `auth_pass=${password ?? account.password ?? 'none'}`, // without one it asks on its terminal
    ...(account.outboundProxy === undefined ? [] : [`outbound="${account.outboundProxy}"`]),
    `regint=${account.expires}`,
    `answermode=${account.answer}`,
    `audio_codecs=${sound?.codecs ?? 'PCMU/8000/1,PCMA/8000/1'}`,
    ...(sound?.encryption === undefined ? [] : [`mediaenc=${sound.encryption}`]),
    ...(sound?.ice === true ? ['medianat=ice'] : []),
    'ptime=20',
  ];
  return `<sip:${account.username}@${account.domain}>;${parameters.join(';')}\n`;
}

function configOf(settings: BaresipSettings): string {
  const { sound } = settings;
  const modules = (sound?.modules ?? []).map((name) => `module ${name}\n`).join('');
  return `poll_method epoll
sip_listen ${settings.address}:5060
net_interface ${settings.device}
call_local_timeout 120
call_max_calls 8
audio_source ausine,${settings.tone}
audio_player aufile,/dev/null
audio_alert aufile,/dev/null
ausrc_srate 48000
ausrc_channels 2
auplay_srate 8000
auplay_channels 1
ausrc_format s16
auplay_format s16
rtp_ports 10000-19999
rtcp_mux ${sound?.encryption === 'dtls_srtp' ? 'yes' : 'no'}
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aufile.so
${modules}${sound === undefined ? '' : 'module sndfile.so\nsnd_path .\n'}module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 0.0.0.0:${controlPort}
menu_bell no
ringback_disabled yes
${settings.tls === undefined ? '' : `sip_certificate ${settings.tls.certificate}\nsip_cafile ${settings.tls.authority}\n`}`;
}
