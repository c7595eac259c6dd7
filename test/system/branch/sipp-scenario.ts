/** Scenarios for sipp 3.6, as XML. Fields of the injection file: 0 user name, 1 `[authentication …]`. */

const optional = (status: number): string => `<recv response="${status}" optional="true"></recv>`;

function scenario(name: string, steps: readonly string[]): string {
  return `<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`;
}

function send(text: string, attributes = ''): string {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());
  return `<send ${attributes}><![CDATA[\n\n${lines.join('\n')}\n\n]]></send>`;
}

const sdp = `v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000`;

function register(cseq: number, expires: number, authorization: string, attributes = 'start_rtd="1"'): string {
  return send(
    `REGISTER sip:[$domain] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:[field0]@[$domain]>;tag=[call_number]
To: <sip:[field0]@[$domain]>
Call-ID: [call_id]
CSeq: ${cseq} REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>
Expires: ${expires}
${authorization}Content-Length: 0`,
    `retrans="500" ${attributes}`,
  );
}

/** The realm goes in as a variable, because the domain is no address here. */
const domainVariable = (domain: string): string =>
  `<nop><action><assignstr assign_to="domain" value="${domain}"/></action></nop>`;

/**
 * One registration, challenged and answered when `authenticate`; the time of each exchange is measured. A second
 * challenge is answered too: Holdfast sends one when it has to take over from the centre in between (stale=true).
 */
export function registering(options: {
  readonly domain: string;
  readonly authenticate: boolean;
  readonly expires: number;
}): string {
  const steps = [domainVariable(options.domain), register(1, options.expires, ''), optional(100)];
  if (options.authenticate) {
    steps.push(
      '<recv response="401" auth="true" rtd="1"></recv>',
      register(2, options.expires, '[field1]\n'),
      optional(100),
    );
    steps.push('<recv response="401" auth="true" optional="true" next="again"></recv>');
  }
  steps.push('<recv response="200" rtd="1" next="registered"></recv>');
  if (options.authenticate) {
    steps.push('<label id="again"/>', register(3, options.expires, '[field1]\n', ''), optional(100));
    steps.push('<recv response="200"></recv>');
  }
  steps.push('<label id="registered"/>');
  return scenario('register', steps);
}

/** Answers every call after `ringMs`, takes re-INVITEs and leaves when told; `-rtp_echo` gives the caller its own voice. */
export function answering(options: { readonly ringMs: number }): string {
  const mirrored = `[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>`;
  return scenario('answer', [
    '<recv request="INVITE" crlf="true"></recv>',
    send(`SIP/2.0 180 Ringing\n${mirrored}\nContent-Length: 0`),
    ...(options.ringMs > 0 ? [`<pause milliseconds="${options.ringMs}"/>`] : []),
    send(
      `SIP/2.0 200 OK\n${mirrored}\nContent-Type: application/sdp\nContent-Length: [len]\n\n${sdp}`,
      'retrans="500"',
    ),
    '<recv request="ACK" optional="true" next="up"></recv>',
    '<label id="up"/>',
    '<recv request="BYE"></recv>',
    send(
      `SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0`,
    ),
  ]);
}

export interface CallingOptions {
  readonly domain: string;
  /** User part of the called URI. */
  readonly called: string;
  /** How long the call stands before this side ends it. */
  readonly talkMs: number;
  /** Answers a 407 with field 1 of the injection file. */
  readonly authenticate: boolean;
}

/** Places a call, talks, ends it. Field 0 of the injection file is the caller. */
export function calling(options: CallingOptions): string {
  const invite = (cseq: number, authorization: string): string =>
    send(
      `INVITE sip:${options.called}@[$domain] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:[field0]@[$domain]>;tag=[pid]-[call_number]
To: <sip:${options.called}@[$domain]>
Call-ID: [call_id]
CSeq: ${cseq} INVITE
Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>
${authorization}Content-Type: application/sdp
Content-Length: [len]

${sdp}`,
      'retrans="500" start_rtd="1"',
    );
  const acknowledge = (cseq: number, uri: string, routes: string): string =>
    send(
      `ACK ${uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
${routes}From: <sip:[field0]@[$domain]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: ${cseq} ACK
Content-Length: 0`,
    );
  const challenged = [
    '<recv response="100" optional="true"></recv>',
    '<recv response="407" auth="true"></recv>',
    acknowledge(1, `sip:${options.called}@[$domain]`, '').replace('[branch]', '[branch-3]'),
    invite(2, '[field1]\n'),
  ];
  const cseq = options.authenticate ? 2 : 1;
  return scenario('call', [
    domainVariable(options.domain),
    invite(1, ''),
    ...(options.authenticate ? challenged : []),
    ...[100, 180, 181, 183].map(optional),
    '<recv response="200" rtd="1" rrs="true"></recv>',
    acknowledge(cseq, '[next_url]', '[routes]\n'),
    ...(options.talkMs > 0 ? [`<pause milliseconds="${options.talkMs}"/>`] : []),
    send(
      `BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
[routes]
From: <sip:[field0]@[$domain]>;tag=[pid]-[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: ${cseq + 1} BYE
Content-Length: 0`,
      'retrans="500"',
    ),
    '<recv response="200"></recv>',
  ]);
}

/** A REGISTER that must be refused for good: 401, then again 401 or 403 to the credentials. */
export function refusedRegistering(options: { readonly domain: string }): string {
  return scenario('refused', [
    domainVariable(options.domain),
    register(1, 300, '', ''),
    optional(100),
    '<recv response="401" auth="true"></recv>',
    register(2, 300, '[field1]\n', ''),
    optional(100),
    '<recv response="401" optional="true" next="end"></recv>',
    '<recv response="403"></recv>',
    '<label id="end"/>',
  ]);
}

/** A message summary that nobody asked for (RFC 3842). */
export function notifying(options: {
  readonly uri: string;
  readonly domain: string;
  readonly waiting: boolean;
}): string {
  return scenario('notify', [
    domainVariable(options.domain),
    send(
      `NOTIFY ${options.uri} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:mailbox@[$domain]>;tag=[pid]-[call_number]
To: <${options.uri}>
Call-ID: [call_id]
CSeq: 1 NOTIFY
Contact: <sip:mailbox@[local_ip]:[local_port];transport=[transport]>
Event: message-summary
Subscription-State: active
Content-Type: application/simple-message-summary
Content-Length: [len]

Messages-Waiting: ${options.waiting ? 'yes' : 'no'}
Voice-Message: ${options.waiting ? '1/0' : '0/0'}`,
      'retrans="500"',
    ),
    '<recv response="200"></recv>',
  ]);
}

/** Lines of an injection file, taken in order. */
export function injection(users: readonly { readonly username: string; readonly password: string }[]): string {
  const rows = users.map((one) => `${one.username};[authentication username=${one.username} password=${one.password}]`);
  return `SEQUENTIAL\n${rows.join('\n')}\n`;
}
