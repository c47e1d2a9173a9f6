/** The main of a thread that reads parts of files: takes a batch of them, answers with what it found out. */

import { parentPort, workerData } from 'node:worker_threads';
import { PageChecker, type PageRules } from '../page/page-checker.ts';
import { type FilePart, FileReader } from './file-reader.ts';

const rules = workerData as PageRules | undefined;
const reader = new FileReader(rules === undefined ? undefined : new PageChecker(rules));

parentPort?.on('message', (batch: readonly FilePart[]) =>
  parentPort?.postMessage(batch.map((part) => reader.read(part))),
);
