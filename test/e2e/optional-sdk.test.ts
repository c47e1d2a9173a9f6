/** Without the SDK of object stores, everything else works, and what needs it says what to install. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { run } from '../support/run.ts';

it.each([
  { tool: 'bb-split', args: ['--list', 's3://bucket/db1'] },
  { tool: 'bb-stream', args: ['--backup=s3://bucket/db1'] },
  { tool: 'bb-verify', args: ['s3://bucket/db1?region=x'] },
])('$tool says which package is missing', async ({ tool, args }) => {
  const folder = temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  cpSync('dist', join(folder, 'dist'), { recursive: true });
  cpSync('package.json', join(folder, 'package.json'));
  const { status, stderr } = await run(join(folder, 'dist', `${tool}.js`), args);
  expect(status).toBe(2);
  const [error, detail, hint] = stderr.split('\n');
  const needed = 'could not load the package "@aws-sdk/client-s3", which "s3://bucket/db1" needs';
  expect(error).toBe(`${tool}: error: ${needed}`);
  expect(detail).toMatch(`${tool}: detail: Cannot find module '@aws-sdk/client-s3'`);
  expect(hint).toMatch('Install it with "npm install -g @aws-sdk/client-s3"');
});
