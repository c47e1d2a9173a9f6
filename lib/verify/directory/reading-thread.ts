/**
 * The main of a thread that reads parts of files. It is told by which rules to check pages, if at all, then takes
 * batches of parts and answers each with what it found out.
 */

import { type MessagePort, parentPort } from 'node:worker_threads';
import { PageChecker, type PageRules } from '../../page/page-checker.ts';
import { type FilePart, FileReader, type PartContents } from './file-reader.ts';

/** What the thread is sent. */
export type ThreadRequest = { readonly rules: PageRules | undefined } | readonly FilePart[];

function serve(port: MessagePort): void {
  let reader = new FileReader(undefined);
  port.on('message', (request: ThreadRequest) => {
    if ('rules' in request) reader = new FileReader(request.rules && new PageChecker(request.rules));
    else port.postMessage(request.map((part): PartContents => reader.read(part)));
  });
}

if (parentPort !== null) serve(parentPort);
