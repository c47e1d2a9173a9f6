import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseDatabases } from '../../../../lib/tool/split/parse-databases.ts';

describe('parseDatabases', () => {
  it('tells names from OIDs', () => {
    expect(parseDatabases(['app', '16384', 'größe', '4294967295'])).toEqual({
      oids: [16384, 4294967295],
      names: ['app', 'größe'],
    });
  });

  it('asks for all of them if none is given', () => {
    expect(parseDatabases([])).toBeUndefined();
  });

  it.each(['', '0', '4294967296', 'x'.repeat(64), 'ä'.repeat(32)])('refuses "%s"', (text) => {
    expect(() => parseDatabases(['app', text])).toThrow(
      new UsageError(`invalid database name or OID "${text}"`),
    );
  });
});
