import { createSocket, type Socket } from 'node:dgram';

/** One record as a zone file writes it, e.g. `['_sip._udp.x', 'SRV', '1 0 5060 a.x']`. */
export type ZoneRecord = readonly [name: string, type: 'A' | 'SRV' | 'NAPTR', data: string];

const types = { A: 1, SRV: 33, NAPTR: 35 } as const;
const NO_SUCH_NAME = 0x8583;
const ANSWER = 0x8580;

/** A name server (RFC 1035) that answers from `records`, with a lifetime of one second, as long as it is `alive`. */
export class ZoneServer {
  readonly asked: string[] = [];
  alive = true;
  readonly #socket: Socket;
  readonly #records: readonly ZoneRecord[];

  private constructor(socket: Socket, records: readonly ZoneRecord[]) {
    this.#socket = socket;
    this.#records = records;
    socket.on('message', (query, from) => {
      if (this.alive) socket.send(this.#answer(query), from.port, from.address);
    });
  }

  static async open(records: readonly ZoneRecord[]): Promise<ZoneServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new ZoneServer(socket, records);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  #answer(query: Buffer): Buffer {
    let end = 12;
    const labels: string[] = [];
    while ((query[end] ?? 0) !== 0) {
      const length = query[end] ?? 0;
      labels.push(query.toString('latin1', end + 1, end + 1 + length));
      end += 1 + length;
    }
    const name = labels.join('.').toLowerCase();
    const type = query.readUInt16BE(end + 1);
    this.asked.push(`${name} ${type}`);
    const named = this.#records.filter(([owner]) => owner === name);
    const found = named.filter(([, kind]) => types[kind] === type);
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(named.length > 0 ? ANSWER : NO_SUCH_NAME, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found.length, 6);
    return Buffer.concat([head, query.subarray(12, end + 5), ...found.map(encode)]);
  }
}

function encode([, type, data]: ZoneRecord): Buffer {
  const bytes = dataOf(type, data);
  const head = Buffer.from([0xc0, 12, 0, types[type], 0, 1, 0, 0, 0, 1, 0, 0]);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

function dataOf(type: ZoneRecord[1], data: string): Buffer {
  const fields = data.split(' ');
  if (type === 'A') return Buffer.from(data.split('.').map(Number));
  const numbers = (count: number) => {
    const bytes = Buffer.alloc(2 * count);
    for (let i = 0; i < count; i++) bytes.writeUInt16BE(Number(fields[i]), 2 * i);
    return bytes;
  };
  if (type === 'SRV') return Buffer.concat([numbers(3), domain(fields[3] ?? '')]);
  const [, , flags = '', service = '', replacement = ''] = fields;
  return Buffer.concat([numbers(2), text(flags), text(service), text(''), domain(replacement)]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}

function domain(name: string): Buffer {
  return Buffer.concat([...name.split('.').map(text), Buffer.from([0])]);
}
