/** The options of bb itself, which come before the name of a program. */

import type { OptionTable } from '../options.ts';

/** The table for --help. */
export const RUNNER_OPTIONS: OptionTable = {
  tool: 'bb',
  purpose: 'runs the programs of bb, one or a pipeline of them in one process.',
  usage: ['TOOL [ARGUMENT]...', 'TOOL [ARGUMENT]... ! TOOL [ARGUMENT]...', 'help [TOOL]'],
  example: 'bb stream -h db1 -c fast ! verify -q ! compress -Z zstd:1 ! split -D /backup/db1',
  maxOperands: Number.MAX_SAFE_INTEGER,
  groups: [
    {
      title: 'General options',
      options: [
        { name: 'verbose', short: 'v', help: 'with --version, also output the libraries in use' },
        { name: 'version', short: 'V', help: 'output version information, then exit' },
        { name: 'help', short: '?', help: 'show this help, then exit' },
      ],
    },
  ],
};
