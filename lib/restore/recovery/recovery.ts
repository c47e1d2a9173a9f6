/**
 * What a server is to do with a restored data directory before it takes it into use: follow a primary as a standby,
 * or recover from an archive, to the end or to a target (PostgreSQL manual, "Archive Recovery", "Recovery Target" and
 * "Standby Servers"). Goes out as settings and the name of the file that makes the server heed them.
 */

import { RECOVERY_SIGNAL, STANDBY_SIGNAL } from '../../postgres/data-directory.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import type { Setting } from './recovery-settings.ts';
import type { Moment } from './timestamp.ts';

/** The point at which recovery ends, with the words that it was given in. */
export type RecoveryTarget =
  | { readonly kind: 'time'; readonly text: string; readonly moment: Moment }
  | { readonly kind: 'lsn'; readonly text: string; readonly lsn: Lsn }
  | { readonly kind: 'xid' | 'name' | 'immediate'; readonly text: string };

/** The kinds of targets. */
export type TargetKind = RecoveryTarget['kind'];

/** A standby, or recovery from an archive. */
export type Recovery =
  | {
      readonly kind: 'standby';
      readonly primaryConninfo: string;
      readonly slot: string | undefined;
      /** For WAL that the primary has no more. */
      readonly restoreCommand: string | undefined;
    }
  | {
      readonly kind: 'archive';
      readonly restoreCommand: string;
      readonly target: RecoveryTarget | undefined;
      readonly action: TargetAction | undefined;
      readonly timeline: string | undefined;
    };

/** What the server does when it has reached its target. */
export const TARGET_ACTIONS = ['pause', 'promote', 'shutdown'] as const;
export type TargetAction = (typeof TARGET_ACTIONS)[number];

/** The files by which the server learns what to do; with both, it becomes a standby. */
export const SIGNAL_FILES: Readonly<Record<Recovery['kind'], string>> = {
  standby: STANDBY_SIGNAL,
  archive: RECOVERY_SIGNAL,
};

const TARGET_SETTINGS: Readonly<Record<TargetKind, string>> = {
  immediate: 'recovery_target',
  lsn: 'recovery_target_lsn',
  name: 'recovery_target_name',
  time: 'recovery_target_time',
  xid: 'recovery_target_xid',
};

/** The settings, in the order in which they must stand. */
export function recoverySettings(recovery: Recovery): Setting[] {
  if (recovery.kind === 'standby') {
    return [
      ['primary_conninfo', recovery.primaryConninfo],
      ...given('primary_slot_name', recovery.slot),
      ...given('restore_command', recovery.restoreCommand),
    ];
  }
  const { restoreCommand, target, action, timeline } = recovery;
  return [
    ['restore_command', restoreCommand],
    ...targetSettings(target),
    ...given('recovery_target_action', action),
    ...given('recovery_target_timeline', timeline),
  ];
}

/**
 * The server had targets of its own, perhaps, from when it was restored itself, and refuses two of them. So those that
 * are not wanted are emptied, and that before the one is set: the server counts while it reads (see
 * error_multiple_recovery_targets() in src/backend/access/transam/xlogrecovery.c).
 */
function targetSettings(target: RecoveryTarget | undefined): Setting[] {
  const wanted: Setting[] = target === undefined ? [] : [[TARGET_SETTINGS[target.kind], target.text]];
  const others = Object.values(TARGET_SETTINGS).filter((name) => name !== wanted[0]?.[0]);
  return [...others.map((name): Setting => [name, '']), ...wanted];
}

function given(name: string, value: string | undefined): Setting[] {
  return value === undefined ? [] : [[name, value]];
}
