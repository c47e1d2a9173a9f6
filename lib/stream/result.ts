/**
 * The parts of a result of the server: RowDescription and DataRow (PostgreSQL manual, "Message Formats").
 * All values are text, as in a simple query.
 */

import type { MessageReader } from './message-reader.ts';

/** The columns that a RowDescription names; nothing else in it is of interest. */
export function readColumnNames(reader: MessageReader): string[] {
  const names = Array.from({ length: Math.max(reader.int16(), 0) }, () => {
    const name = reader.string();
    reader.int32(); // table
    reader.int16(); // attribute
    reader.int32(); // type
    reader.int16(); // size
    reader.int32(); // modifier
    reader.int16(); // format
    return name;
  });
  reader.end();
  return names;
}

/** The columns of a DataRow. */
export function readRow(reader: MessageReader): (string | null)[] {
  const values = Array.from({ length: Math.max(reader.int16(), 0) }, () => reader.column());
  reader.end();
  return values;
}
