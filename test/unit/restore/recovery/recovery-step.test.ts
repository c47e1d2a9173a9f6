/** Recovery settings in an extracted data directory: what is there in the end, and what is refused on the way. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Recovery, RecoveryTarget } from '../../../../lib/restore/recovery/recovery.ts';
import { recoveryStep } from '../../../../lib/restore/recovery/recovery-step.ts';
import { parseTarget } from '../../../../lib/tool/split/parse-target.ts';
import { archive, backupFrames } from '../../../support/frames.ts';
import { directory, file, header, tar } from '../../tar/build.ts';
import { baseMembers, type ClusterParts, cluster, scratch, tryExtract } from '../cluster.ts';

const STANDBY: Recovery = {
  kind: 'standby',
  primaryConninfo: 'host=db1',
  slot: undefined,
  restoreCommand: undefined,
};
const fromArchive = (target?: RecoveryTarget): Recovery => ({
  kind: 'archive',
  restoreCommand: 'cp /archive/%f %p',
  target,
  action: undefined,
  timeline: undefined,
});

async function restore(recovery: Recovery, parts: ClusterParts = {}, more = {}) {
  const folder = scratch();
  const outcome = await tryExtract(folder, cluster(parts), {
    steps: [recoveryStep(recovery)],
    ...more,
  });
  const at = (name: string) => join(folder, 'data', name);
  return { ...outcome, folder, at, read: (name: string) => readFileSync(at(name), 'utf8') };
}

describe('recoveryStep', () => {
  it.each([
    { name: 'empty', before: '', after: '' },
    {
      name: 'as the server writes it',
      before: "# Do not edit\nwork_mem = '1GB'\n",
      after: "# Do not edit\nwork_mem = '1GB'\n",
    },
    { name: 'without a last newline', before: "work_mem = '1GB'", after: "work_mem = '1GB'\n" },
  ])('adds to a postgresql.auto.conf that is $name', async ({ before, after }) => {
    const { error, read, at } = await restore(STANDBY, {
      members: [file('postgresql.auto.conf', before, { mode: 0o640 })],
    });
    expect(error).toBeUndefined();
    expect(read('postgresql.auto.conf')).toBe(`${after}primary_conninfo = 'host=db1'\n`);
    expect(statSync(at('postgresql.auto.conf')).mode & 0o777).toBe(0o640);
  });

  it.each([
    { name: 'only the owner can read', mode: 0o700, wanted: 0o600 },
    { name: 'the group can read', mode: 0o750, wanted: 0o640 },
  ])('makes files like those of a cluster that $name', async ({ mode, wanted }) => {
    const global = header({ path: 'global/', type: '5', mode });
    const members = baseMembers({}).map((member) => (member.equals(directory('global')) ? global : member));
    const folder = scratch();
    await tryExtract(folder, backupFrames({ copy: archive('base.tar', '', tar(...members)) }), {
      steps: [recoveryStep(STANDBY)],
    });
    for (const name of ['postgresql.auto.conf', 'standby.signal']) {
      expect(statSync(join(folder, 'data', name)).mode & 0o777).toBe(wanted);
    }
    expect(readFileSync(join(folder, 'data/postgresql.auto.conf'), 'utf8')).toBe(
      "primary_conninfo = 'host=db1'\n",
    );
  });

  it.each([
    { recovery: STANDBY, signal: 'standby.signal', other: 'recovery.signal' },
    { recovery: fromArchive(), signal: 'recovery.signal', other: 'standby.signal' },
  ])('leaves no signal file but $signal, whatever the backup has', async ({ recovery, signal, other }) => {
    for (const members of [[], [file(signal, 'x')], [file(other, ''), file(signal, '')]]) {
      const { at, read } = await restore(recovery, { members });
      expect(read(signal)).toBe('');
      expect(existsSync(at(other))).toBe(false);
    }
  });

  it('leaves the manifest as it is', async () => {
    const plain = scratch();
    await tryExtract(plain, cluster());
    const { read } = await restore(STANDBY);
    expect(read('backup_manifest')).toBe(readFileSync(join(plain, 'data/backup_manifest'), 'utf8'));
  });

  it.each([
    { kind: 'time', text: '2026-11-22 16:59:59+00', complaint: 'before the start of the backup' },
    { kind: 'lsn', text: '0/2000027', complaint: 'before the start of the backup' },
  ] as const)('refuses target $text by the label, and takes all away', async ({ kind, text, complaint }) => {
    const { error, folder } = await restore(fromArchive(parseTarget(kind, text)));
    expect(String(error)).toContain(complaint);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('writes the label as it is when the target is late enough', async () => {
    const { error, read } = await restore(fromArchive(parseTarget('time', '2026-11-22 17:00:00+00')));
    expect(error).toBeUndefined();
    expect(read('backup_label')).toContain('START TIME: 2026-11-22 17:00:00 UTC\n');
    expect(read('postgresql.auto.conf')).toContain("recovery_target_time = '2026-11-22 17:00:00+00'\n");
  });

  it('takes its files away if the end fails', async () => {
    const controller = new AbortController();
    controller.abort(new Error('stopped'));
    const { error, folder } = await restore(STANDBY, {}, { signal: controller.signal });
    expect(String(error)).toContain('stopped');
    expect(readdirSync(folder)).toEqual([]);
  });
});
