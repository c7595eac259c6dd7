import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.js';

/** A way for the test process to open TCP connections from inside a namespace. */
export class Gate {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(space: Namespace, folder: string): Promise<Gate> {
    const path = `${folder}/${space.name}.sock`;
    const program = fileURLToPath(new URL('./gate-main.js', import.meta.url));
    await new Promise<void>((resolve, reject) => {
      const started = space.spawn(process.execPath, [program, path], {
        logFile: `${folder}/${space.name}-gate.log`,
        onLine: (line) => line === 'ready' && resolve(),
      });
      started.ended.then((code) => reject(new Error(`The gate into ${space.name} ended with ${code}`)));
    });
    return new Gate(path);
  }

  connect(host: string, port: number): Socket {
    const socket = connect(this.#path);
    socket.write(`${host} ${port}\n`);
    return socket;
  }

  /** One HTTP exchange, on a connection of its own. */
  http(
    url: string,
    options: {
      readonly method?: string;
      readonly body?: string;
      readonly headers?: Record<string, string>;
      readonly timeoutMs?: number;
    } = {},
  ): Promise<{ readonly status: number; readonly body: string }> {
    const { hostname, port, pathname, search } = new URL(url);
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          method: options.method ?? 'GET',
          path: `${pathname}${search}`,
          headers: { host: `${hostname}:${port}`, connection: 'close', ...options.headers },
          createConnection: () => this.connect(hostname, Number(port)),
        },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            body += chunk;
          });
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
          answer.on('error', reject);
        },
      );
      asked.setTimeout(options.timeoutMs ?? 2000, () => asked.destroy(new Error(`${url}: no answer`)));
      asked.on('error', reject);
      asked.end(options.body);
    });
  }
}
