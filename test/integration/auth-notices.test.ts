/** Notices of the server after authentication: printed once for each connection of bb-stream. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { run } from '../support/run.ts';
import { servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';

/** The first version that warns about a login with an MD5 password. */
const WARNS_SINCE = 19;

describe.each(servers())('PostgreSQL $version', ({ major }) => {
  let cluster: Cluster;

  beforeAll(async () => {
    const server = servers().find((one) => one.major === major);
    cluster = await Cluster.create({ ...(server && { server }), hba: ['local replication all md5'] });
    await cluster.start();
    await cluster.query(
      "SET password_encryption = 'md5'; CREATE ROLE u_md5 LOGIN REPLICATION PASSWORD 'secret'",
    );
  });

  afterAll(() => cluster?.dispose());

  it.each([
    ['stream', 2],
    ['fetch', 1],
  ])('warns of an MD5 password with -X %s on %i connections', async (method, connections) => {
    const options = [
      '-h',
      cluster.folder,
      '-p',
      String(cluster.port),
      '-U',
      'u_md5',
      '-c',
      'fast',
      '-X',
      method,
    ];
    const { command, args = [] } = tool('bb-stream', options);
    const { status, stderr } = await run(command, args, { env: { PGPASSWORD: 'secret' } });
    expect(status).toBe(0);
    const warnings = stderr.match(/^bb-stream: warning: .*MD5/gm) ?? [];
    expect(warnings).toHaveLength(major < WARNS_SINCE ? 0 : connections);
  });
});
