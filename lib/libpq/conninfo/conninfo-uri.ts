/**
 * Connection URIs: `postgresql://user:password@host1:5432,[::1]:5433/dbname?sslmode=require`.
 *
 * Comes in: the text. Goes out: keywords and values. It is conninfo_uri_parse_options in libpq's fe-connect.c and not
 * RFC 3986 (nor WHATWG's URL, which knows neither several hosts nor an empty one): several hosts, a Unix-domain socket
 * as a percent-encoded host, complaints in libpq's words. Unlike libpq's, they quote no values: a password that is not
 * encoded properly may end up in any of them.
 */

import { TroubleError } from '../../errors/trouble.ts';
import { type Conninfo, hasSecret, isKnown, storeValue } from './keywords.ts';

const PREFIX = /^postgres(?:ql)?:\/\//;

/** Whether the text is a connection URI, by its prefix. */
export function isUri(text: string): boolean {
  return PREFIX.test(text);
}

/** Parses a connection URI. Throws TroubleError. */
export function parseUri(uri: string): Conninfo {
  const values = new Map<string, string>();
  const start = PREFIX.exec(uri)?.[0].length ?? 0;
  const afterUser = parseCredentials(uri, start, values);
  const afterHosts = parseHosts(uri, afterUser, values);

  const [path = '', query] = splitOnce(uri.slice(afterHosts), '?');
  storeDecoded(values, 'dbname', path.slice(1));
  if (query) parseParameters(query, values);
  return values;
}

/** Reads `user:password@`, if it is there, and returns the position after it. */
function parseCredentials(uri: string, start: number, values: Map<string, string>): number {
  const credentials = /^([^@/]*)@/.exec(uri.slice(start));
  if (credentials?.[1] === undefined) return start;
  const [user = '', password = ''] = splitOnce(credentials[1], ':');
  storeDecoded(values, 'user', user);
  storeDecoded(values, 'password', password);
  return start + credentials[0].length;
}

/** Reads `host:port,host:port...` and returns the position after it: that of "/", "?" or the end. */
function parseHosts(uri: string, start: number, values: Map<string, string>): number {
  const hosts: string[] = [];
  const ports: string[] = [];
  let position = start - 1;
  do {
    const [host, afterHost] = parseHost(uri, position + 1);
    const port = /^:([^/?,]*)/.exec(uri.slice(afterHost));
    hosts.push(host);
    ports.push(port?.[1] ?? '');
    position = afterHost + (port?.[0].length ?? 0);
  } while (uri[position] === ',');
  storeDecoded(values, 'host', hosts.join(','));
  storeDecoded(values, 'port', ports.join(','));
  return position;
}

function parseHost(uri: string, start: number): [host: string, end: number] {
  if (uri[start] !== '[') {
    const host = /^[^:/?,]*/.exec(uri.slice(start))?.[0] ?? '';
    if (host.includes('@')) {
      throw new TroubleError('unexpected "@" in the host name in URI', {
        hint: 'In a user name or password, write "@" as %40.',
      });
    }
    return [host, start + host.length];
  }
  const end = uri.indexOf(']', start);
  if (end === -1) {
    throw new TroubleError('end of string reached when looking for matching "]" in IPv6 host address in URI');
  }
  if (end === start + 1) throw new TroubleError('IPv6 host address may not be empty in URI');
  const next = uri[end + 1];
  if (next !== undefined && !':/?,'.includes(next)) {
    throw new TroubleError(`unexpected character at position ${end + 2} in URI (expected ":" or "/")`);
  }
  return [uri.slice(start + 1, end), end + 1];
}

function parseParameters(query: string, values: Map<string, string>): void {
  // A trailing "&" ends the last parameter and does not begin another.
  for (const [index, parameter] of query.replace(/&$/, '').split('&').entries()) {
    const [encodedName = '', encodedValue, ...more] = parameter.split('=');
    const shown = whereabouts(encodedName, index, values);
    if (encodedValue === undefined) {
      throw new TroubleError(`missing key/value separator "=" in URI query parameter${shown}`);
    }
    if (more.length > 0) {
      throw new TroubleError(`extra key/value separator "=" in URI query parameter${shown}`);
    }
    const name = decode(encodedName, `the name of URI query parameter ${index + 1}`);
    const isJdbc = name === 'ssl' && encodedValue === 'true';
    if (!isJdbc && !isKnown(name)) {
      throw new TroubleError(`invalid URI query parameter${whereabouts(name, index, values)}`);
    }
    storeParameter(values, name, decode(encodedValue, `connection option "${name}"`));
  }
}

/** Names a parameter, unless it could be the rest of a password. */
function whereabouts(name: string, index: number, before: Conninfo): string {
  return /^[\w%]*$/.test(name) && !hasSecret(before) ? `: "${name}"` : ` ${index + 1}`;
}

function storeParameter(values: Map<string, string>, name: string, value: string): void {
  // JDBC's spelling, which libpq understands too.
  if (name === 'ssl') values.set('sslmode', 'require');
  else storeValue(values, name, value);
}

/** An empty part of a URI counts as absent. */
function storeDecoded(values: Map<string, string>, name: string, encoded: string): void {
  if (encoded !== '') values.set(name, decode(encoded, `connection option "${name}"`));
}

/** Decodes a part, which complaints call by this name. */
function decode(encoded: string, what: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) throw new TroubleError(`invalid percent-encoded token in ${what}`);
  if (encoded.includes('%00')) throw new TroubleError(`forbidden value %00 in ${what}`);
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new TroubleError(`percent-encoded value is not UTF-8 in ${what}`);
  }
}

function splitOnce(text: string, separator: string): [before: string, after?: string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
