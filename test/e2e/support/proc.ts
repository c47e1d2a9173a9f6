/**
 * Reads the state of a running process from /proc (proc(5)).
 */

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Running } from '../../support/run.ts';
import { untilTrue } from '../../support/wait.ts';

const CALM_MS = 100;
const STUCK_MS = 500;
const UTIME_FIELD = 13;
const FIRST_FIELD_BEHIND_NAME = 2;

/** Waits until the process is idle. */
export async function untilIdle({ process }: Running): Promise<void> {
  let before = -1;
  await untilTrue('the process is idle', async () => {
    await setTimeout(CALM_MS);
    const now = processorTicks(process.pid);
    const calm = now === before;
    before = now;
    return calm;
  });
}

/** Waits until the process has a handler for the signal, and so has started, also through another program. */
export async function untilCaught({ process }: Running, signal: NodeJS.Signals): Promise<void> {
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  await untilTrue(`${signal} is caught`, () => {
    const [, mask = '0'] = /^SigCgt:\s*(\w+)$/m.exec(read(process.pid, 'status')) ?? [];
    return (BigInt(`0x${mask}`) & bit) !== 0n;
  });
}

/** Waits until the process has begun to read its standard input, a regular file, and has stopped. */
export async function untilStuck({ process }: Running): Promise<void> {
  let before = 0;
  await untilTrue('the process reads no more', async () => {
    await setTimeout(STUCK_MS);
    const now = inputPosition(process.pid);
    const stuck = now > 0 && now === before;
    before = now;
    return stuck;
  });
}

/** Waits until the process has read its standard input, a regular file, to its end. */
export async function untilRead({ process }: Running, bytes: number): Promise<void> {
  while (process.exitCode === null && process.signalCode === null) {
    if (inputPosition(process.pid) === bytes) return;
    await setTimeout(1);
  }
}

function inputPosition(pid: number | undefined): number {
  return Number(/^pos:\s*(\d+)/m.exec(read(pid, 'fdinfo/0'))?.[1]);
}

function processorTicks(pid: number | undefined): number {
  const stat = read(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const at = UTIME_FIELD - FIRST_FIELD_BEHIND_NAME;
  return Number(fields[at]) + Number(fields[at + 1]);
}

function read(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // gone
  }
}
