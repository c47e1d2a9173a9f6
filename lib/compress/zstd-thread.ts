/**
 * The main of the thread that runs libzstd, for one task after the other: blocks of input come in, and what is
 * made of them goes out, both in shared memory, as lib/compress/zstd.ts asks for it. A call into the library may take
 * its time, at high levels seconds.
 */

import assert from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, Request, ZstdSlots } from './zstd-messages.ts';
import { freeContexts, openStep, type Step } from './zstd-step.ts';

assert(parentPort !== null, 'runs as a thread only');
const port = parentPort;
const { inputs, outputs } = workerData as ZstdSlots;
const NOTHING = new Uint8Array();

/** Requests that wait, other than releases. */
const requests: Request[] = [];
/** Outputs that may be used. */
let free: number[] = [];
let wake = () => {};
/** The output that is being filled, and how far. */
let current: number | undefined;
let filled = 0;
/** Bytes of input that were used up. */
let used = 0;

port.on('message', (request: Request) => {
  if (request.type === 'quit') quit();
  else if (request.type === 'release') free.push(request.slot);
  else requests.push(request);
  wake();
});
for (;;) await serve(await nextRequest());

/** Does one task; what still comes for a task that has failed is not listened to. */
async function serve(request: Request): Promise<void> {
  if (request.type !== 'begin') return;
  try {
    begin();
    await run(openStep(request.task));
    answer({ type: 'ended' });
  } catch (error) {
    answer({ type: 'failed', reason: (error as Error).message, offset: used });
  }
}

/** Between two calls, since messages come only then. The library's memory is not the thread's, and would outlive it. */
function quit(): never {
  freeContexts();
  process.exit();
}

function begin(): void {
  free = outputs.map((_, index) => index);
  current = undefined;
  filled = 0;
  used = 0;
}

async function run(step: Step): Promise<void> {
  for (;;) {
    const request = await nextRequest();
    if (request.type === 'input') {
      await convert(step, inputs[request.slot]?.subarray(0, request.bytes) ?? NOTHING, false);
      answer({ type: 'taken' });
    } else {
      await convert(step, NOTHING, true);
      flush();
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
  return outputs[current]?.subarray(filled) ?? NOTHING;
}

function flush(): void {
  if (current !== undefined) answer({ type: 'output', slot: current, bytes: filled });
  current = undefined;
  filled = 0;
}

async function nextRequest(): Promise<Request> {
  for (;;) {
    const request = requests.shift();
    if (request !== undefined) return request;
    await change();
  }
}

function change(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
  });
}

function answer(message: Answer): void {
  port.postMessage(message);
}
