/**
 * Rows of the authentication tables: a connection string, and its result with a real server, with the exact message.
 */

import { expect } from 'vitest';
import { PASSWORD, type Visit, type Visited, visit } from './auth-cluster.ts';
import type { Cluster } from './cluster.ts';

/** A row: what is tried, and the result. Without an error, it is a connection, encrypted or not. */
export interface Row {
  readonly name: string;
  /** Braces are replaced by values that only the running test knows: {tcp}, {socket}, names of certificates. */
  readonly conninfo: string;
  readonly visit?: Omit<Visit, 'conninfo'>;
  readonly encrypted?: boolean;
  readonly error?: string;
  readonly hint?: string;
  readonly detail?: string;
  readonly asked?: number;
}

/** The password as it is written in a connection string. */
export const GIVEN = `password='${PASSWORD.replaceAll('\\', '\\\\')}'`;
/** The beginning of messages, for an address and for a socket. */
export const AT_TCP = 'connection to server at "127.0.0.1", port {port} failed';
export const AT_SOCKET = 'connection to server on socket "{socket}/.s.PGSQL.{port}" failed';

/** Replaces the braces. */
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

/** Tries a row and compares the result. */
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
