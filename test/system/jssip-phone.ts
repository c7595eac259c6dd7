/** What the tests drive of a telephone made of jssip, in Node.js or in a page. */
export interface JsSipPhone {
  /** What happened, in order: `registered`, `incoming`, `accepted`, `hold`, `ended` … */
  readonly events: string[];
  call(user: string): void;
  answer(): void;
  hold(): Promise<boolean>;
  unhold(): Promise<boolean>;
  refer(user: string): void;
  hangUp(): void;
  stop(): void;
}

/** jssip's own objects, as far as they are used here. */
interface Session {
  on(event: string, listener: (data: { originator?: string; cause?: string }) => void): void;
  answer(options: object): void;
  hold(options: object, done: () => void): boolean;
  unhold(options: object, done: () => void): boolean;
  refer(target: string): void;
  terminate(): void;
}
interface Agent {
  on(event: string, listener: (data: { session: Session; originator: string }) => void): void;
  start(): void;
  stop(): void;
  call(target: string, options: object): Session;
}
export interface JsSip {
  UA: new (configuration: object) => Agent;
  WebSocketInterface: new (url: string) => object;
}

/**
 * Starts a telephone that registers. It uses nothing from around it, so that its text runs in a page as well. `media`
 * is what it speaks with; without it the browser's microphone.
 */
export function startJsSipPhone(library: JsSip, url: string, user: string, media: object | undefined): JsSipPhone {
  const events: string[] = [];
  let session: Session | undefined;
  const agent = new library.UA({
    sockets: [new library.WebSocketInterface(url)],
    uri: `sip:${user}@branch.example.com`,
    register: true,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 2,
  });
  const options = {
    ...(media === undefined ? {} : { mediaStream: media }),
    mediaConstraints: { audio: true, video: false },
    pcConfig: { iceServers: [] },
  };
  for (const event of ['connected', 'disconnected', 'registered', 'registrationFailed']) {
    agent.on(event, () => events.push(event));
  }
  agent.on('newRTCSession', (data) => {
    const own = data.session;
    session = own;
    if (data.originator === 'remote') events.push('incoming');
    for (const event of ['accepted', 'confirmed', 'hold', 'unhold', 'reinvite'])
      own.on(event, () => events.push(event));
    own.on('ended', (end) => events.push(`ended ${end.cause}`));
    own.on('failed', (end) => events.push(`failed ${end.cause}`));
  });
  agent.start();
  return {
    events,
    call: (other) => void agent.call(`sip:${other}@branch.example.com`, options),
    answer: () => session?.answer(options),
    hold: () => new Promise((resolve) => session?.hold({}, () => resolve(true))),
    unhold: () => new Promise((resolve) => session?.unhold({}, () => resolve(true))),
    refer: (other) => session?.refer(`sip:${other}@branch.example.com`),
    hangUp: () => session?.terminate(),
    stop: () => agent.stop(),
  };
}
