import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { isCleanlyStopped, parseControlFile } from '../../../lib/postgres/control-file.ts';
import { NewerVersionError } from '../../../lib/postgres/newer.ts';
import { buildControlFile, controlFile, LAYOUTS } from './control-file.ts';

describe('parseControlFile', () => {
  it.each([
    { layout: LAYOUTS[13], versions: [13, 14, 15, 16], switchesChecksums: false },
    { layout: LAYOUTS[17], versions: [17], switchesChecksums: false },
    { layout: LAYOUTS[18], versions: [18], switchesChecksums: false },
    { layout: LAYOUTS[19], versions: [19], switchesChecksums: false },
    { layout: LAYOUTS.beta1, versions: [19, 20], switchesChecksums: true },
    { layout: LAYOUTS.beta2, versions: [19, 20], switchesChecksums: true },
  ])('reads version $layout.version', ({ layout, versions, switchesChecksums }) => {
    expect(parseControlFile(controlFile(layout))).toEqual({
      systemIdentifier: 7_000_000_000_000_000_001n,
      versions,
      switchesChecksums,
      catalogVersion: 202209061,
      state: 'in production',
      checkpoint: { lsn: 0x1_0200_0060n, redo: 0x1_0200_0028n, timeline: 3 },
      minRecovery: { lsn: 0x1_0300_0028n, timeline: 4 },
      blockBytes: 8192,
      segmentBlocks: 131072,
      walSegmentBytes: 16777216,
      dataChecksumVersion: 1,
    });
  });

  it.each([LAYOUTS[18], LAYOUTS[19]])(
    'finds every changed bit up to the end of its CRC in $version',
    (layout) => {
      const good = controlFile(layout);
      for (let bit = 0; bit < 8 * (layout.crcAt + 4); bit++) {
        const bytes = Buffer.from(good);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => parseControlFile(bytes), `bit ${bit}`).toThrow(BackupError);
      }
    },
  );

  it('does not call a file of a newer version damaged', () => {
    expect(() => parseControlFile(controlFile(LAYOUTS.later))).toThrow(
      new NewerVersionError('"global/pg_control"', 'control file version 2001', 1905),
    );
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
      detail: 'Its version number is 1201, which no server from 13 to 19 writes.',
    },
    {
      name: 'is of a version in between',
      bytes: controlFile({ ...LAYOUTS[18], version: 1801 }),
      detail: 'Its version number is 1801, which no server from 13 to 19 writes.',
    },
    {
      name: 'has the number of a newer version, but not its CRC',
      bytes: controlFile(LAYOUTS.later).fill(0, LAYOUTS.later.crcAt, LAYOUTS.later.crcAt + 4),
      detail: 'Its version number is 2001, which no server from 13 to 19 writes.',
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

describe('isCleanlyStopped', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])('knows state %i', (state) => {
    const control = parseControlFile(controlFile(LAYOUTS[18], { state }));
    expect(isCleanlyStopped(control)).toBe(state === 1 || state === 2);
  });
});
