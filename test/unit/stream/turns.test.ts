import { describe, expect, it } from 'vitest';
import { MANIFEST } from '../../../lib/stream/archive-name.ts';
import { Turns } from '../../../lib/stream/turns.ts';

/** Gives turns by these names, and says what was begun (+), interrupted (~), resumed (=), and had ended (-) when. */
function play(turns: Turns<string>, names: readonly string[]): string[] {
  const log: string[] = [];
  for (const name of names) {
    const { current } = turns;
    const ended = turns.leave();
    if (ended !== undefined) log.push(`-${ended}`);
    else if (current !== undefined) log.push(`~${current}`);
    expect(turns.current).toBeUndefined();
    if (turns.resume(name) !== undefined) log.push(`=${name}`);
    else log.push(`+${turns.begin(name, name)}`);
    expect(turns.current).toBe(name);
  }
  return log;
}

describe('Turns', () => {
  it.each([
    { name: 'no archive', names: [], log: [], left: [] },
    {
      name: 'archives and a manifest',
      names: ['16384.tar', 'base.tar', MANIFEST],
      log: ['+16384.tar', '-16384.tar', '+base.tar', '-base.tar', `+${MANIFEST}`],
      left: [MANIFEST],
    },
    {
      name: 'WAL at once and only then',
      names: ['pg_wal.tar', 'base.tar'],
      log: ['+pg_wal.tar', '~pg_wal.tar', '+base.tar'],
      left: ['base.tar', 'pg_wal.tar'],
    },
    {
      name: 'WAL that is interrupted twice, the second time by the manifest',
      names: ['pg_wal.tar', 'base.tar', 'pg_wal.tar', MANIFEST, 'pg_wal.tar'],
      log: [
        ...['+pg_wal.tar', '~pg_wal.tar', '+base.tar', '-base.tar', '=pg_wal.tar', '~pg_wal.tar'],
        ...[`+${MANIFEST}`, `-${MANIFEST}`, '=pg_wal.tar'],
      ],
      left: ['pg_wal.tar'],
    },
    {
      name: 'WAL that goes on where nothing was between',
      names: ['pg_wal.tar', 'pg_wal.tar'],
      log: ['+pg_wal.tar', '~pg_wal.tar', '=pg_wal.tar'],
      left: ['pg_wal.tar'],
    },
    {
      name: 'WAL that is compressed',
      names: ['pg_wal.tar.zst', '16384.tar.zst', 'pg_wal.tar.zst', 'base.tar.zst'],
      log: [
        ...['+pg_wal.tar.zst', '~pg_wal.tar.zst', '+16384.tar.zst', '-16384.tar.zst'],
        ...['=pg_wal.tar.zst', '~pg_wal.tar.zst', '+base.tar.zst'],
      ],
      left: ['base.tar.zst', 'pg_wal.tar.zst'],
    },
  ])('tells what has ended: $name', ({ names, log, left }) => {
    const turns = new Turns<string>();
    expect(play(turns, names)).toEqual(log);
    expect([...turns.finish()]).toEqual(left);
    expect(turns.current).toBeUndefined();
    expect([...turns.finish()]).toEqual([]);
  });

  it('begins anew whatever else comes twice', () => {
    expect(play(new Turns(), ['base.tar', 'base.tar'])).toEqual(['+base.tar', '-base.tar', '+base.tar']);
  });

  it('gives the turn to nobody between two', () => {
    const turns = new Turns<string>();
    play(turns, ['pg_wal.tar']);
    turns.leave();
    expect(turns.leave()).toBeUndefined();
    expect(turns.resume('base.tar')).toBeUndefined();
    expect(turns.current).toBeUndefined();
  });

  it('hands back every one once, though ending one of them fails', () => {
    const turns = new Turns<string>();
    play(turns, ['pg_wal.tar', 'base.tar']);
    const closed: string[] = [];
    expect(() => {
      for (const left of turns.finish()) {
        closed.push(left);
        throw new Error('cut short');
      }
    }).toThrow('cut short');
    for (const left of turns.finish()) closed.push(left);
    expect(closed).toEqual(['base.tar', 'pg_wal.tar']);
  });
});
