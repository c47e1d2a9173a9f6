/**
 * What to add to pg_hba.conf for a connection for replication that it has no line for. Comes in: what the server said,
 * which names the host as it sees it, and the user (ClientAuthentication() in src/backend/libpq/auth.c).
 */

const NO_ENTRY =
  /^no pg_hba\.conf entry for replication connection from host "([^"]+)", user "(.*)", (.* encryption|SSL o\w+)$/s;
const KEYWORDS = ['all', 'sameuser', 'samerole', 'samegroup', 'replication'];

/** The line; undefined if that is not what the server said, or if it said so in another language. */
export function missingHbaLine(message: string): string | undefined {
  const [, host, user, encryption] = NO_ENTRY.exec(message) ?? [];
  if (host === undefined || user === undefined || encryption === undefined) return undefined;
  if (host === '[local]') return `local replication ${quoted(user)} scram-sha-256`;
  const [address = host] = host.split('%');
  const kind = /^SSL (encryption|on)$/.test(encryption) ? 'hostssl' : 'host';
  return `${kind} replication ${quoted(user)} ${address}/${address.includes(':') ? 128 : 32} scram-sha-256`;
}

/** A name without a special meaning in the file needs no quotes. */
function quoted(user: string): string {
  return /^\w+$/.test(user) && !KEYWORDS.includes(user) ? user : `"${user.replaceAll('"', '""')}"`;
}
