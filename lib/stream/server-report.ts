/**
 * Reports of the server, ErrorResponse and NoticeResponse: fields of a type byte and a NUL-terminated string
 * (PostgreSQL manual, "Error and Notice Message Fields").
 */

import type { MessageReader } from './message-reader.ts';

/** The fields of a report that bb shows; the letters of the others are passed on and not read. */
export interface Report {
  readonly severity: string;
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** Reads the fields up to the NUL that ends them. */
export function readReport(reader: MessageReader): Report {
  const fields = new Map<string, string>();
  for (let letter = reader.byte(); letter !== 0; letter = reader.byte()) {
    fields.set(String.fromCharCode(letter), reader.string());
  }
  reader.end();
  const detail = fields.get('D');
  const hint = fields.get('H');
  return {
    severity: fields.get('V') ?? fields.get('S') ?? 'ERROR',
    code: fields.get('C') ?? '',
    message: fields.get('M') ?? '',
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Lays the fields out for ErrorResponse or NoticeResponse. A NUL, which would end a field too early, is left out. */
export function writeReport(report: Report): Buffer {
  const fields: [string, string | undefined][] = [
    ['S', report.severity],
    ['V', report.severity],
    ['C', report.code],
    ['M', report.message],
    ['D', report.detail],
    ['H', report.hint],
  ];
  const parts = fields.flatMap(([letter, text]) =>
    text === undefined ? [] : [`${letter}${text.replaceAll('\0', '')}\0`],
  );
  return Buffer.from(`${parts.join('')}\0`);
}
