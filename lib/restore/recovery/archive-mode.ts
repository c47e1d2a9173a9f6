/**
 * Whether a server that is started on a restored data directory archives its WAL. With the settings of the original, it
 * writes into the original's archive. The two values are those of pgBackRest's --archive-mode.
 */

import type { RestoreStep } from '../step.ts';
import { readConfiguration } from './configuration.ts';
import { formatSettings } from './recovery-settings.ts';
import { appendSettings } from './recovery-step.ts';

export const ARCHIVE_MODES = ['off', 'preserve'] as const;

/** Nothing is archived, or what the settings of the original say. */
export type ArchiveMode = (typeof ARCHIVE_MODES)[number];

/** The step that makes the server archive nothing. */
export const archivingOffStep: RestoreStep = {
  complete: (unpacked) => appendSettings(Buffer.from(formatSettings([['archive_mode', 'off']])), unpacked),
};

/**
 * How the server would archive, in words; undefined if it would not. A standby archives only if archive_mode is
 * "always".
 */
export function originalArchiving(directory: string, isStandby: boolean): string | undefined {
  const values = readConfiguration(directory);
  const mode = values.get('archive_mode')?.toLowerCase() ?? 'off';
  if (!(isStandby ? /^always$/ : /^(always|on|true|yes|1)$/).test(mode)) return undefined;
  for (const name of ['archive_library', 'archive_command']) {
    const value = values.get(name);
    if (value) return `The setting ${name} is "${value}".`;
  }
  return undefined;
}
