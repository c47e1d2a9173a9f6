/** What a server is to do with the data directory when it is started: options in, settings out that it will take. */

import { UsageError } from '../../errors/trouble.ts';
import { ARCHIVE_MODES, type ArchiveMode } from '../../restore/recovery/archive-mode.ts';
import {
  type Recovery,
  type RecoveryTarget,
  recoverySettings,
  TARGET_ACTIONS,
  type TargetAction,
  type TargetKind,
} from '../../restore/recovery/recovery.ts';
import { isOneLine } from '../../restore/recovery/recovery-settings.ts';
import type { Arguments } from '../options.ts';
import { parseTarget, parseTargetTimeline } from './parse-target.ts';
import { primaryConninfo } from './primary-conninfo.ts';

const TARGETS: readonly TargetKind[] = ['time', 'lsn', 'xid', 'name', 'immediate'];
const STANDBY_ONLY = ['primary-conninfo', 'slot'];
const ARCHIVE_ONLY = [...TARGETS.map((kind) => `target-${kind}`), 'target-action', 'target-timeline'];
/** What the server takes for a slot's name (ReplicationSlotValidateName() in src/backend/replication/slot.c). */
const SLOT_NAME = /^[a-z0-9_]{1,63}$/;

/** What to write, if anything. Throws UsageError for what makes no sense, or not to the server. */
export function readRecovery(args: Arguments, env = process.env): Recovery | undefined {
  const [standby, archive] = [args.has('write-recovery-conf'), args.has('recovery')];
  if (standby && archive)
    throw new UsageError('--write-recovery-conf and --recovery are incompatible options');
  if (!standby) insistOnNone(args, STANDBY_ONLY, '--write-recovery-conf');
  if (!archive) insistOnNone(args, ARCHIVE_ONLY, '--recovery');
  if (!standby && !archive) insistOnNone(args, ['restore-command'], '--recovery');
  if (standby) return insistOnLines(readStandby(args, env));
  return archive ? insistOnLines(readArchive(args)) : undefined;
}

/** Whether the server that is restored archives; undefined if nothing was said. */
export function readArchiveMode(args: Arguments): ArchiveMode | undefined {
  const text = args.value('archive-mode');
  const mode = ARCHIVE_MODES.find((candidate) => candidate === text);
  if (text === undefined || mode !== undefined) return mode;
  throw new UsageError(`invalid archive mode "${text}", must be "off" or "preserve"`);
}

function insistOnNone(args: Arguments, names: readonly string[], needed: string): void {
  const given = names.find((name) => args.has(name));
  if (given !== undefined) throw new UsageError(`--${given} needs ${needed}`);
}

/** Throws for a setting that no configuration file can hold. */
function insistOnLines(recovery: Recovery): Recovery {
  const [name] = recoverySettings(recovery).find(([, value]) => !isOneLine(value)) ?? [];
  if (name === undefined) return recovery;
  throw new UsageError(`value of setting "${name}" must not contain a newline`);
}

function readStandby(args: Arguments, env: NodeJS.ProcessEnv): Recovery {
  const slot = args.value('slot');
  if (slot !== undefined && !SLOT_NAME.test(slot)) {
    throw new UsageError(`invalid replication slot name "${slot}"`, {
      hint: 'Replication slot names may only contain lower case letters, numbers, and the underscore character.',
    });
  }
  return {
    kind: 'standby',
    primaryConninfo: primaryConninfo(args.value('primary-conninfo'), env),
    slot,
    restoreCommand: args.has('restore-command') ? readRestoreCommand(args) : undefined,
  };
}

function readArchive(args: Arguments): Recovery {
  const target = readTarget(args);
  const timeline = args.value('target-timeline');
  return {
    kind: 'archive',
    restoreCommand: readRestoreCommand(args),
    target,
    action: readAction(args.value('target-action'), target),
    timeline: timeline === undefined ? undefined : parseTargetTimeline(timeline),
  };
}

/** Without one, the server does not start. */
function readRestoreCommand(args: Arguments): string {
  const command = args.value('restore-command');
  if (command) return command;
  throw new UsageError(
    command === undefined ? '--recovery needs --restore-command' : 'restore command is empty',
  );
}

function readTarget(args: Arguments): RecoveryTarget | undefined {
  const [kind, second] = TARGETS.filter((candidate) => args.has(`target-${candidate}`));
  if (second !== undefined) {
    throw new UsageError(`--target-${kind} and --target-${second} are incompatible options`);
  }
  return kind === undefined ? undefined : parseTarget(kind, args.value(`target-${kind}`) ?? '');
}

function readAction(text: string | undefined, target: RecoveryTarget | undefined): TargetAction | undefined {
  if (text === undefined) return undefined;
  if (target === undefined) throw new UsageError('--target-action needs a target');
  const action = TARGET_ACTIONS.find((candidate) => candidate === text);
  if (action !== undefined) return action;
  throw new UsageError(`invalid target action "${text}", must be "pause", "promote" or "shutdown"`);
}
