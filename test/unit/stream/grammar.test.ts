import { describe } from 'vitest';
import {
  COPIED,
  COPY,
  ENDED,
  IN_BASE,
  IN_MANIFEST,
  itComplains,
  LIST,
  LISTED,
  POSITION,
  type Row,
  START,
  STOPPED,
} from '../../support/malformed.ts';
import {
  CommandComplete,
  Contents,
  CopyData,
  CopyDone,
  CopyOutResponse,
  DataRow,
  int16,
  int32,
  message,
  NewArchive,
  NoticeResponse,
  ParameterStatus,
  Progress,
  RowDescription,
  string,
} from '../../support/messages.ts';

const unexpected = (what: string) => `unexpected message where ${what} should be`;

const PAYLOADS: Row[] = [
  ['RowDescription without payload', [], message('T'), 'message is too short'],
  ['RowDescription with a negative count', [], message('T', int16(-1)), '0 columns instead of 2'],
  [
    'RowDescription cut in a column',
    [],
    message('T', int16(2), string('recptr'), int32(0)),
    'message is too short',
  ],
  ['RowDescription of one column', [], RowDescription('recptr'), '1 columns instead of 2'],
  ['a list of two columns', START, RowDescription('spcoid', 'spclocation'), '2 columns instead of 3'],
  ['a row with a column too few', LIST, DataRow(null, null), 'row of 2 columns, not 3'],
  ['a row without columns', LIST, DataRow(), 'row of 0 columns, not 3'],
  ['a row with a column too many', [POSITION], DataRow('0/1', '1', '1'), 'row of 3 columns, not 2'],
  [
    'a column longer than its message',
    [POSITION],
    message('D', int16(1), int32(9), Buffer.from('0/1')),
    'message is too short',
  ],
  ['a column of negative length', [POSITION], message('D', int16(1), int32(-2)), 'column of -2 bytes'],
  ['a row and more', [POSITION], message('D', int16(0), Buffer.from('more')), '4 bytes too many'],
  ['a tag without NUL', START.slice(0, 2), message('C', Buffer.from('SELECT')), 'string without its end'],
  ['a tag and more', START.slice(0, 2), message('C', string('SELECT'), string('')), '1 bytes too many'],
  ['CopyOutResponse without payload', LISTED, message('H'), 'message is too short'],
  ['CopyOutResponse and more', LISTED, message('H', Buffer.alloc(4)), '1 bytes too many'],
  ['CopyDone with payload', IN_BASE, message('c', Buffer.from('!')), '1 bytes too many'],
  ['an archive name without NUL', COPY, CopyData('n', Buffer.from('base.tar')), 'string without its end'],
  ['an archive without location', COPY, CopyData('n', string('base.tar')), 'string without its end'],
  [
    'an archive and more',
    COPY,
    CopyData('n', string('base.tar'), string(''), string('')),
    '1 bytes too many',
  ],
  ['a manifest that says more', IN_BASE, CopyData('m', Buffer.from('{}')), '2 bytes too many'],
  ['progress cut short', COPY, CopyData('p', int32(1)), 'message is too short'],
  ['progress and more', COPY, CopyData('p', Buffer.alloc(9)), '1 bytes too many'],
  ['negative progress', COPY, Progress(-1n), 'negative progress'],
  ['an unknown kind of copy data', IN_BASE, CopyData('x', string('')), 'unknown kind of copy data "x"'],
  ['a parameter without value', [], message('S', string('block_size')), 'string without its end'],
  ['a parameter and more', [], message('S', string('a'), string('b'), string('')), '1 bytes too many'],
  ['a notice without end', [], message('N', string('MText')), 'message is too short'],
  ['a notice with a field without end', [], message('N', Buffer.from('MText')), 'string without its end'],
  ['a notice and more', [], message('N', Buffer.alloc(2)), '1 bytes too many'],
  ['an abort without end', [], message('E', string('MText')), 'message is too short'],
];

const POSITIONS: Row[] = [
  ...['', '0', '0/', '/0', '0/G', '0/123456789', '0/1 ', '0x0/1', '-0/1'].map(
    (lsn): Row => [`the LSN "${lsn}"`, [POSITION], DataRow(lsn, '1'), `invalid LSN ${JSON.stringify(lsn)}`],
  ),
  ...[null, '', '0', '-1', '1.5', '4294967296', 'one'].map(
    (timeline): Row => [
      `the timeline ${timeline}`,
      [POSITION],
      DataRow('0/2000028', timeline),
      `invalid timeline ${JSON.stringify(timeline)}`,
    ],
  ),
  ['an LSN of NULL', [...COPIED, POSITION], DataRow(null, '1'), 'invalid LSN null'],
];

const ORDER: Row[] = [
  ['a row without its columns', [], DataRow('0/1', '1'), unexpected('the start position')],
  ['columns twice', [POSITION], POSITION, unexpected('the start position')],
  ['two start rows', START.slice(0, 2), DataRow('0/1', '1'), unexpected('the start position')],
  ['a start without row', [POSITION], CommandComplete('SELECT'), unexpected('the start position')],
  ['a result without columns', START, CommandComplete('SELECT'), unexpected('the tablespace list')],
  ['a copy before the list', START, CopyOutResponse(), unexpected('the tablespace list')],
  ['a third result before the copy', LISTED, POSITION, unexpected('an archive')],
  ['contents before the copy', LISTED, Contents('?'), unexpected('an archive')],
  ['an archive before the copy', LISTED, NewArchive('base.tar', ''), unexpected('an archive')],
  ['CopyDone before the copy', LISTED, CopyDone(), unexpected('an archive')],
  ['a second copy', IN_BASE, CopyOutResponse(), unexpected('an archive')],
  ['a row in the copy', IN_MANIFEST, DataRow('0/1', '1'), unexpected('the manifest or the end of the copy')],
  ['a tag in the copy', IN_BASE, CommandComplete('BASE_BACKUP'), unexpected('an archive')],
  ['contents after the copy', COPIED, Contents('?'), unexpected('the end position')],
  ['the end before the end position', COPIED, CommandComplete('BASE_BACKUP'), unexpected('the end position')],
  ['columns after the end position', STOPPED, POSITION, unexpected('the end of the backup')],
  ['a row after the end position', STOPPED, DataRow('0/1', '1'), unexpected('the end of the backup')],
  ['a wrong end tag', STOPPED, CommandComplete('SELECT'), 'unexpected command tag "SELECT"'],
  ...[
    POSITION,
    NoticeResponse({ M: 'late' }),
    ParameterStatus('a', 'b'),
    Buffer.from('\n'),
    Buffer.alloc(3),
  ].map(
    (bad): Row => [
      `bytes after the end: ${JSON.stringify(bad.toString('latin1', 0, 1))}`,
      ENDED,
      bad,
      'data after the end of the backup',
    ],
  ),
];

describe('Grammar', () => {
  describe('of a payload', () => itComplains(PAYLOADS));
  describe('of a position', () => itComplains(POSITIONS));
  describe('of the order', () => itComplains(ORDER));
});
