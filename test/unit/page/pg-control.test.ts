import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/backup/error.ts';
import { parseControlFile } from '../../../lib/page/pg-control.ts';
import { buildControlFile } from './control-file.ts';

describe('parseControlFile', () => {
  it.each([
    [1300, 288, [13, 14, 15, 16]],
    [1700, 288, [17]],
    [1800, 292, [18]],
  ])('reads version %i', (controlVersion, crcAt, versions) => {
    expect(parseControlFile(buildControlFile(controlVersion, crcAt))).toEqual({
      systemIdentifier: 7_000_000_000_000_000_001n,
      controlVersion,
      versions,
      catalogVersion: 202209061,
      state: 'in production',
      checkpoint: { location: 0x1_0200_0060n, redo: 0x1_0200_0028n, timeline: 3 },
      blockBytes: 8192,
      segmentBlocks: 131072,
      walBlockBytes: 8192,
      walSegmentBytes: 16777216,
      dataChecksumVersion: 1,
    });
  });

  it('finds every changed bit up to the end of its CRC', () => {
    const good = buildControlFile(1800, 292);
    for (let bit = 0; bit < 8 * 296; bit++) {
      const bytes = Buffer.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => parseControlFile(bytes), `bit ${bit}`).toThrow(BackupError);
    }
  });

  it.each([
    {
      name: 'is short',
      bytes: buildControlFile(1300, 288).subarray(1),
      detail: 'It has 8191 bytes in place of 8192.',
    },
    {
      name: 'is of another version',
      bytes: buildControlFile(1201, 288),
      detail: 'Its version number is 1201, which no server from 13 to 18 writes.',
    },
    {
      name: 'has a wrong CRC',
      bytes: buildControlFile(1300, 288).fill(0, 288, 292),
      detail: expect.stringMatching(/^It says that its CRC is 00000000, but it is [0-9A-F]{8}\.$/),
    },
    {
      name: 'has an unknown state',
      bytes: buildControlFile(1300, 288, (bytes) => bytes.writeUInt32LE(7, 16)),
      detail: 'It has an unrecognized state, 7.',
    },
  ])('rejects a file that $name', ({ bytes, detail }) => {
    expect(() => parseControlFile(bytes)).toThrow(
      expect.objectContaining({ message: 'invalid control file "global/pg_control"', detail }),
    );
  });
});
