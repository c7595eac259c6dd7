// A process of its own, inside the WAN router's namespace: packets read from one TUN device leave by the other,
// later or never. (This kernel has no netem.) Standard input takes one JSON object a line:
// {"oneWayMs": 5, "loss": 0.05, "seed": 1}. Prints "ready" when both devices are attached.
import { closeSync, openSync, read, write } from 'node:fs';
import { createInterface } from 'node:readline';
import { SeededRandom } from '../../sim/seeded-random.js';

const tunSetIff = 0x400454can; // linux/if_tun.h: TUNSETIFF
const tunWithoutHeader = 0x1001; // IFF_TUN | IFF_NO_PI

type Syscall = (...parameters: (bigint | Buffer)[]) => bigint;

async function loadSyscall(): Promise<{ readonly call: Syscall; readonly ioctl: bigint }> {
  const name = 'syscall-napi'; // comes with node-netlink; it has no types
  const loaded: { default: { syscall: { sync: Syscall }; __NR_ioctl: bigint } } = await import(name);
  return { call: loaded.default.syscall.sync, ioctl: loaded.default.__NR_ioctl };
}

const { call, ioctl } = await loadSyscall();

function attach(device: string): number {
  const fd = openSync('/dev/net/tun', 'r+');
  const request = Buffer.alloc(40); // struct ifreq
  request.write(device, 0, 15, 'latin1');
  request.writeUInt16LE(tunWithoutHeader, 16);
  call(ioctl, BigInt(fd), tunSetIff, request);
  return fd;
}

let oneWayMs = 0;
let loss = 0;
let random = new SeededRandom(1);

function pump(from: number, to: number): void {
  const buffer = Buffer.alloc(4096);
  read(from, buffer, 0, buffer.length, null, (error, length) => {
    if (error !== null) return; // the namespace is going
    const packet = Buffer.from(buffer.subarray(0, length));
    if (!(loss > 0 && random.next() < loss)) {
      setTimeout(() => write(to, packet, () => undefined), oneWayMs);
    }
    pump(from, to);
  });
}

const branchSide = attach('tun-branch');
const centreSide = attach('tun-centre');
pump(branchSide, centreSide);
pump(centreSide, branchSide);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order: { oneWayMs?: number; loss?: number; seed?: number } = JSON.parse(line);
    oneWayMs = order.oneWayMs ?? oneWayMs;
    loss = order.loss ?? loss;
    if (order.seed !== undefined) random = new SeededRandom(order.seed);
  })
  .on('close', () => {
    closeSync(branchSide);
    closeSync(centreSide);
    process.exit(0);
  });
process.stdout.write('ready\n');
