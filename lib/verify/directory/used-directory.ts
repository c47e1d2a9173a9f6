/**
 * Whether a server has been started in a data directory since it was restored. It leaves postmaster.opts there, and
 * postmaster.pid while it runs (src/backend/postmaster/postmaster.c), neither of which is ever in a backup, and renames
 * backup_label (StartupXLOG() in src/backend/access/transam/xlog.c). From then on it changes files as it likes: each of
 * them would be a finding, and none would say anything of the backup.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BACKUP_LABEL, LOCK_FILE, START_OPTIONS_FILE } from '../../postgres/data-directory.ts';
import type { Manifest } from '../records/manifest.ts';
import type { Verification } from '../shared/verification.ts';

const LEFT_BY_SERVERS = [LOCK_FILE, START_OPTIONS_FILE];
const OLD_LABEL = `${BACKUP_LABEL}.old`;

/** Makes one finding of it if that is so, and says whether it is. */
export function isUsed(directory: string, { files }: Manifest, verification: Verification): boolean {
  const { statistics, findings, ignore } = verification;
  const has = (path: string) => existsSync(join(directory, path));
  const isNew = (path: string) => has(path) && files.get(path) === undefined && !ignore.covers(path);
  const isRenamed = isNew(OLD_LABEL) && files.get(BACKUP_LABEL) !== undefined && !has(BACKUP_LABEL);
  const signs = LEFT_BY_SERVERS.filter(isNew).map((path) => `"${path}"`);
  if (isRenamed) signs.push(`"${OLD_LABEL}" in place of "${BACKUP_LABEL}"`);
  if (signs.length === 0) return false;
  findings.add({
    check: 'file',
    message: `data directory "${directory}" has been used by a server since the backup was restored`,
    detail: `It has ${signs.join(' and ')}.`,
    hint: 'A server changes files as soon as it is started; verify the stored backup, or restore it again.',
  });
  statistics.skip('all files', 'a server may have changed them');
  return true;
}
