/**
 * Watches the processes of a shell command, as far as they are our tools: the process id of the shell in, the largest
 * memory and spool out. Only the command's own processes are looked at, since the look takes time from them.
 */

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** What was seen. */
export interface Watched {
  /** Largest resident memory of any of our tools, in bytes; 0 if there was none to see. */
  readonly peak: number;
  /** Largest spool of WAL of any of our tools, in bytes. */
  readonly spool: number;
}

const INTERVAL_MS = 50;
const OUR_TOOL = /\/dist\/bb(-[a-z]+)?\.js\0/;

/** Begins to watch; until it is stopped. */
export function watchTools(shell: number): { stop(): void; result(): Watched } {
  let [peak, spool] = [0, 0];
  const timer = setInterval(() => {
    for (const pid of descendants(shell).filter(isTool)) {
      peak = Math.max(peak, memory(pid));
      spool = Math.max(spool, spoolBytes(pid));
    }
  }, INTERVAL_MS);
  return { stop: () => clearInterval(timer), result: () => ({ peak, spool }) };
}

function descendants(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function isTool(pid: number): boolean {
  return OUR_TOOL.test(read(`/proc/${pid}/cmdline`).replace(/^bash\0.*/s, ''));
}

/** Peak resident memory: VmHWM, proc(5). */
function memory(pid: number): number {
  return Number(/VmHWM:\s+([0-9]+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Size of the file without a name that WAL is spooled in. */
function spoolBytes(pid: number): number {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
    const spool = files.find((file) => readlinkSync(file).includes('bb-stream-wal-'));
    return spool === undefined ? 0 : statSync(spool).size;
  } catch {
    return 0; // the process has just ended
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has just ended
  }
}
