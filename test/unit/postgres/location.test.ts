import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { insistOnLocation, locationComplaint } from '../../../lib/postgres/location.ts';

describe('locationComplaint', () => {
  it.each(['/', '/srv', '/srv/ts 1', '/srv/..ts/.x/...', '/größe=2\\"'])('has none of %j', (path) => {
    expect(locationComplaint(path)).toBeUndefined();
  });

  it.each([
    { path: '', complaint: 'is not absolute' },
    { path: 'pg_tblspc/1', complaint: 'is not absolute' },
    ...['/srv/..', '/../srv', '/srv/./ts', '//srv', '/srv//ts', '/srv/'].map((path) => ({
      path,
      complaint: 'is not in normal form',
    })),
    ...['/srv/a\nb', '/\0', '/srv/\x1b[2J', '/\x7f', '/\x85'].map((path) => ({
      path,
      complaint: 'has a control character in it',
    })),
  ])('has one of $path', ({ path, complaint }) => {
    expect(locationComplaint(path)).toBe(complaint);
    expect(() => insistOnLocation(16384, path)).toThrow(
      new BackupError(`tablespace 16384 has a location that ${complaint}: "${path}"`),
    );
  });
});
