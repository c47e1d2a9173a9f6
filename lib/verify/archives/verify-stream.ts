/**
 * Verifies a backup while it passes, in one go: files are hashed and pages checked where they lie, and all is judged
 * when the manifest is known. Compressed archives are looked into, and pass as they are. Every frame is forwarded but
 * the end, which comes only if nothing was found: who throws here makes the stream end in an abort
 * (lib/sink/stream.ts).
 */

import type { Filter } from '../../stream/frame.ts';
import { judgeBackup } from '../judge/judge-backup.ts';
import { NameJudge } from '../judge/names.ts';
import type { Verification } from '../shared/verification.ts';
import { type StreamOptions, StreamReader } from './stream-reader.ts';

/** Forwards every frame; before the end, `verdict` is called, which throws if the backup is not good. */
export function verifyStream(
  options: StreamOptions,
  verification: Verification,
  verdict: () => void = () => {},
): Filter {
  return async function* (frames) {
    const names = new NameJudge(options.manifest, verification);
    for (const stray of options.strays ?? []) names.found(stray);
    const reader = new StreamReader(options, (found) => names.found(found), verification);
    try {
      for await (const frame of frames) {
        await reader.frame(frame);
        if (frame.type === 'end') {
          const manifest = reader.end();
          if (manifest !== undefined) await judgeBackup(reader.backup, names, manifest, verification);
          verdict();
        }
        yield frame;
      }
    } finally {
      reader.close();
    }
  };
}
