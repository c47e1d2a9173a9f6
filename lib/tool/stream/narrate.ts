/**
 * Tells the user what happens while frames pass: notices of the server always, the steps of the backup with -v, in
 * pg_basebackup's words.
 */

import { formatLsn } from '../../postgres/lsn.ts';
import type { Filter } from '../../stream/frame.ts';
import type { Messages } from '../../terminal/messages.ts';

/** Forwards every frame. A backup begins with a checkpoint, unless that of a stopped server is made from its files. */
export function narrate(messages: Messages, { checkpoint }: { readonly checkpoint: boolean }): Filter {
  return async function* (frames) {
    for await (const frame of frames) {
      switch (frame.type) {
        case 'notice':
          messages.notice(frame.report);
          break;
        case 'start':
          if (checkpoint) messages.info('checkpoint completed');
          messages.info(`write-ahead log start point: ${formatLsn(frame.lsn)} on timeline ${frame.timeline}`);
          break;
        case 'archive':
          messages.info(`sending archive "${frame.name}"`);
          break;
        case 'manifest':
          messages.info('sending backup manifest');
          break;
        case 'stop':
          messages.info(`write-ahead log end point: ${formatLsn(frame.lsn)}`);
          break;
      }
      yield frame;
    }
  };
}
