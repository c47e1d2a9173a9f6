/** What is synced for the names that a backup in tar format gets. */

import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import * as durable from '../../../lib/io/durable.ts';
import { writeToPlace } from '../../../lib/sink/write-to-place.ts';
import { DirectoryPlace } from '../../../lib/store/directory-place.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { archive } from '../../support/frames.ts';
import { oneByOne } from '../../support/source.ts';
import { smallTar } from '../tar/build.ts';

vi.mock('../../../lib/io/durable.ts', { spy: true });

it('syncs every directory that was made, and the one that holds them', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  const { signal } = new AbortController();
  const directory = join(folder, 'a/b/c');
  const frames = oneByOne([...archive('base.tar', '', smallTar()), { type: 'end' as const }]);
  await writeToPlace(frames, new DirectoryPlace(directory), {
    sync: true,
    clean: true,
    signal,
    warn: () => {},
    tell: () => {},
  });
  const last = vi.mocked(durable.syncAll).mock.lastCall?.[0] ?? [];
  expect([...last]).toEqual([directory, join(folder, 'a/b'), join(folder, 'a'), folder]);
});
