/**
 * Whether there can be a real object store to test with: Ceph's RADOS Gateway, which Debian has in the packages radosgw,
 * ceph-mon and ceph-osd.
 */

import { spawnSync } from 'node:child_process';

const PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'monmaptool', 'ceph'];

/** The programs that are missing, for skipIf() and for whoever reads why; empty if there can be an object store. */
export const MISSING_FOR_OBJECT_STORE: readonly string[] = PROGRAMS.filter(
  (program) => spawnSync('which', [program]).status !== 0,
);
