/**
 * Rows of the authentication tables: a connection string, and what comes of it at a real server, the message to
 * the letter.
 */

import { expect } from 'vitest';
import { PASSWORD, type Visit, type Visited, visit } from './auth-cluster.ts';
import type { Cluster } from './cluster.ts';

/** A row: what is tried and what comes of it. Without an error, a connection, encrypted or not. */
export interface Row {
  readonly name: string;
  /** Braces stand for what only the running test knows: {tcp}, {socket}, and the names of certificates. */
  readonly conninfo: string;
  readonly visit?: Omit<Visit, 'conninfo'>;
  readonly encrypted?: boolean;
  readonly error?: string;
  readonly hint?: string;
  readonly detail?: string;
  readonly asked?: number;
}

/** The password as a connection string gives it. */
export const GIVEN = `password='${PASSWORD.replaceAll('\\', '\\\\')}'`;
/** What messages begin with, for an address and for a socket. */
export const AT_TCP = 'connection to server at "127.0.0.1", port {port} failed';
export const AT_SOCKET = 'connection to server on socket "{socket}/.s.PGSQL.{port}" failed';

/** What the braces stand for. */
export function fill(text: string, cluster: Cluster, files: object): string {
  const hasWords = cluster.server.major >= 14;
  const values: Record<string, string> = {
    ...(files as Record<string, string>),
    tcp: `host=localhost hostaddr=127.0.0.1 port=${cluster.port}`,
    socket: cluster.folder,
    port: String(cluster.port),
    plain: hasWords ? 'no encryption' : 'SSL off',
    encrypted: hasWords ? 'SSL encryption' : 'SSL on',
  };
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `{${name}}`);
}

/** Tries a row and compares what comes of it. */
export async function checkRow(row: Row, cluster: Cluster, files: object): Promise<void> {
  const visited = await visit({ ...row.visit, conninfo: fill(row.conninfo, cluster, files) });
  try {
    checkOutcome(row, visited, (text) => fill(text, cluster, files));
    if (visited.connection) expect(await visited.connection.query('IDENTIFY_SYSTEM')).toHaveLength(1);
  } finally {
    await visited.connection?.close();
  }
}

function checkOutcome(
  row: Row,
  { connection, error, asked }: Visited,
  filled: (text: string) => string,
): void {
  if (row.error === undefined) {
    expect(error).toBeUndefined();
    expect(connection?.encrypted).toBe(row.encrypted ?? false);
  } else {
    expect(error?.message).toBe(filled(row.error));
    expect(error).toMatchObject({
      hint: row.hint && filled(row.hint),
      detail: row.detail && filled(row.detail),
    });
  }
  expect(asked).toBe(row.asked ?? 0);
}
