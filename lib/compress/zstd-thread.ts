/**
 * The main of the thread that runs libzstd: blocks of input come in, and what is made of them goes out in shared
 * memory, as lib/compress/zstd.ts asks for it. A call into the library may take its time, at high levels seconds.
 */

import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, Request, ThreadData } from './zstd-messages.ts';
import { openStep, type Step } from './zstd-step.ts';

assert(parentPort !== null, 'runs as a thread only');
const port = parentPort;
const { task, inputs, outputs } = workerData as ThreadData;
const requests: Request[] = [];
const free = outputs.map((_, index) => index);
let wake = () => {};
/** The output that is being filled, and how far. */
let current: number | undefined;
let filled = 0;
/** Bytes of input that were used up. */
let used = 0;

port.on('message', (request: Request) => {
  if (request.type === 'release') free.push(request.slot);
  else requests.push(request);
  wake();
});
run(openStep(task)).catch((error: Error) => answer({ type: 'failure', reason: error.message, offset: used }));

async function run(step: Step): Promise<void> {
  for (;;) {
    const request = requests.shift();
    if (request === undefined) await change();
    else if (request.type === 'input') {
      await convert(step, (inputs[request.slot] ?? new Uint8Array()).subarray(0, request.bytes), false);
      answer({ type: 'taken' });
    } else {
      await convert(step, new Uint8Array(), true);
      flush();
      answer({ type: 'ended' });
      return;
    }
  }
}

/** Uses up all the input and hands out every output that is full. */
async function convert(step: Step, input: Uint8Array, end: boolean): Promise<void> {
  for (let position = 0; ; ) {
    const output = await room();
    const { consumed, produced, more } = step(output, input.subarray(position), end);
    position += consumed;
    used += consumed;
    filled += produced;
    if (produced === output.length) flush();
    if (position === input.length && !more) return;
  }
}

async function room(): Promise<Uint8Array> {
  while (current === undefined) {
    current = free.shift();
    if (current === undefined) await change();
  }
  return (outputs[current] ?? new Uint8Array()).subarray(filled);
}

function flush(): void {
  if (current !== undefined) answer({ type: 'output', slot: current, bytes: filled });
  current = undefined;
  filled = 0;
}

function change(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
  });
}

function answer(message: Answer): void {
  port.postMessage(message);
}
