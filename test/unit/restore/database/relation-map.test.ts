import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import { parseRelationMap } from '../../../../lib/restore/database/relation-map.ts';
import { relationMap } from './build.ts';

describe('parseRelationMap', () => {
  const pairs = [
    [1262, 1262],
    [1260, 16401],
  ] as const;

  it.each([62, 64] as const)('reads a file with room for %i pairs', (places) => {
    expect([...parseRelationMap(relationMap(pairs, places))]).toEqual(pairs);
  });

  it.each([
    { name: 'of another size', mutilate: (bytes: Buffer) => bytes.subarray(1), detail: 'It has 511 bytes.' },
    { name: 'that is empty', mutilate: (bytes: Buffer) => bytes.subarray(0, 0), detail: 'It has 0 bytes.' },
    {
      name: 'with another magic',
      mutilate: (bytes: Buffer) => patch(bytes, 0),
      detail: 'Its head is not valid.',
    },
    {
      name: 'with too many pairs',
      mutilate: (bytes: Buffer) => Buffer.from(bytes.fill(63, 4, 5)),
      detail: 'Its head is not valid.',
    },
    {
      name: 'with fewer pairs than none',
      mutilate: (bytes: Buffer) => Buffer.from(bytes.fill(255, 4, 8)),
      detail: 'Its head is not valid.',
    },
    {
      name: 'with a pair changed',
      mutilate: (bytes: Buffer) => patch(bytes, 8),
      detail: 'Its CRC does not match.',
    },
    { name: 'of zeros', mutilate: (bytes: Buffer) => bytes.fill(0), detail: 'Its head is not valid.' },
  ])('refuses a file $name', ({ mutilate, detail }) => {
    const error = new BackupError('invalid relation map "global/pg_filenode.map"', { detail });
    expect(() => parseRelationMap(mutilate(relationMap(pairs)))).toThrow(error);
  });
});

function patch(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}
