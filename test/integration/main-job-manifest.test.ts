/**
 * The manifest in all forms: each checksum algorithm, encoded names, no manifest. bb-split -Fp removes the entry of
 * tablespace_map, so each form is also verified after that.
 */

import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp, mapping } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { servers } from '../support/servers.ts';
import { type Manifest, readManifest, verifyBackup } from '../support/verify.ts';

const HEX_LENGTH = { CRC32C: 8, SHA224: 56, SHA256: 64, SHA384: 96, SHA512: 128 };

describe.each(servers())('the manifest of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  let cluster: Cluster;
  let location: string;

  beforeAll(async () => {
    cluster = await Cluster.create({ server });
    await cluster.start();
    location = await cluster.createTablespace('elsewhere');
    await cluster.query('CREATE TABLE there TABLESPACE elsewhere AS SELECT 1 AS id');
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  /** Restores with the tablespace moved, and reads the manifest. */
  const restore = async (name: string, options: readonly string[]) => {
    const directory = join(folder, name);
    const move = mapping(location, join(folder, `${name}-elsewhere`));
    await backUp(cluster, directory, { stream: options, split: ['-Fp', '-T', move] });
    return directory;
  };

  it.each(Object.entries(HEX_LENGTH))('has checksums by %s', async (algorithm, length) => {
    const directory = await restore(algorithm, [`--manifest-checksums=${algorithm}`]);
    await verifyBackup(server, directory);
    for (const file of readManifest(directory).Files) {
      expect(file).toMatchObject({ 'Checksum-Algorithm': algorithm });
      expect(file.Checksum).toHaveLength(length);
    }
  });

  it('has no checksums of files', async () => {
    const directory = await restore('NONE', ['--manifest-checksums=NONE']);
    await verifyBackup(server, directory);
    expect(readManifest(directory).Files.filter((file) => 'Checksum' in file)).toEqual([]);
  });

  it('has encoded names', async () => {
    const directory = await restore('encoded', ['--manifest-force-encode']);
    await verifyBackup(server, directory);
    const { Files: files }: Manifest = readManifest(directory);
    expect(files.filter((file) => file.Path !== undefined)).toEqual([]);
    const encoded = (path: string) => Buffer.from(path).toString('hex');
    expect(files.some((file) => file['Encoded-Path'] === encoded('backup_label'))).toBe(true);
    expect(files.some((file) => file['Encoded-Path'] === encoded('tablespace_map'))).toBe(false);
  });

  it('is left out', async () => {
    const directory = await restore('without', ['--no-manifest']);
    expect(existsSync(join(directory, 'backup_label'))).toBe(true);
    expect(existsSync(join(directory, 'backup_manifest'))).toBe(false);
  });

  it('does not match when a file has been changed', async () => {
    const directory = await restore('damaged', []);
    await verifyBackup(server, directory);
    appendFileSync(join(directory, 'backup_label'), '\n');
    await expect(verifyBackup(server, directory)).rejects.toThrow('backup_label');
  });
});
