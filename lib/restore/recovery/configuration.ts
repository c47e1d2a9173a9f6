/**
 * What the configuration files of a data directory say: texts in, the values of settings out. Of several settings of
 * one name the last counts, and postgresql.auto.conf is read after postgresql.conf; the grammar is that of
 * src/backend/utils/misc/guc-file.l. Files that are included are not followed.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUTO_CONFIGURATION_FILE } from '../../postgres/data-directory.ts';

const FILES = ['postgresql.conf', AUTO_CONFIGURATION_FILE];
const ASSIGNMENT =
  /^[ \t]*([A-Za-z_][\w.$]*)[ \t]*(?:=[ \t]*|[ \t]+)(?:'((?:[^'\\]|''|\\.)*)'|([^\s'#]+))[ \t]*(?:#.*)?$/gm;

/** Reads the values, by name in lower case, of the files that are there. */
export function readConfiguration(directory: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const file of FILES) {
    for (const [, name = '', quoted, plain = ''] of contents(join(directory, file)).matchAll(ASSIGNMENT))
      values.set(name.toLowerCase(), quoted === undefined ? plain : unquoted(quoted));
  }
  return values;
}

function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return ''; // On some systems it lies elsewhere, and is not in the backup.
  }
}

function unquoted(text: string): string {
  return text.replace(/''|\\(.)/g, (_match, character?: string) => character ?? "'");
}
