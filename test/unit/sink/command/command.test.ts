import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { Command } from '../../../../lib/sink/command/command.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';

const folder = temporaryFolder();
afterEach(() => vi.unstubAllEnvs());
afterAll(() => removeFolder(folder));
const variables = { FILE: 'base.tar', ARCHIVE: 'base.tar', LOCATION: '', OID: '' };

describe('a command', () => {
  it('has our environment, but not the password', async () => {
    vi.stubEnv('PGPASSWORD', 'secret');
    vi.stubEnv('PGUSER', 'backup');
    const out = join(folder, 'environment');
    const command = new Command(`env >'${out}'; cat >/dev/null`, variables);
    await command.push([Buffer.from('x')]);
    await command.end();
    const environment = readFileSync(out, 'utf8').split('\n');
    expect(environment).toEqual(expect.arrayContaining(['PGUSER=backup', 'FILE=base.tar']));
    expect(environment.join()).not.toMatch(/PGPASSWORD|secret/);
  });

  it('is not started where there is no room for its pipe, which is named', () => {
    const missing = join(folder, 'nosuch');
    vi.stubEnv('TMPDIR', missing);
    expect(() => new Command('cat >/dev/null', variables)).toThrow(
      new TroubleError(`could not create temporary directory in "${missing}": No such file or directory`),
    );
  });
});
