/**
 * Connection URIs: `postgresql://user:password@host1:5432,[::1]:5433/dbname?sslmode=require`.
 *
 * Comes in: the text. Goes out: keywords and values. It is conninfo_uri_parse_options in libpq's fe-connect.c
 * and not RFC 3986 (nor WHATWG's URL, which knows neither several hosts nor an empty one): several hosts, a
 * Unix-domain socket as a percent-encoded host, complaints in libpq's words.
 */

import { TroubleError } from '../cli/trouble.ts';
import { type Conninfo, isKeyword, storeValue } from './keywords.ts';

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

/** Reads `user:password@`, if it is there, and returns the position behind it. */
function parseCredentials(uri: string, start: number, values: Map<string, string>): number {
  const credentials = /^([^@/]*)@/.exec(uri.slice(start));
  if (credentials?.[1] === undefined) return start;
  const [user = '', password = ''] = splitOnce(credentials[1], ':');
  storeDecoded(values, 'user', user);
  storeDecoded(values, 'password', password);
  return start + credentials[0].length;
}

/** Reads `host:port,host:port...` and returns the position behind it: of "/", "?" or the end. */
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
    return [host, start + host.length];
  }
  const end = uri.indexOf(']', start);
  if (end === -1) {
    throw new TroubleError(
      `end of string reached when looking for matching "]" in IPv6 host address in URI: "${uri}"`,
    );
  }
  if (end === start + 1) throw new TroubleError(`IPv6 host address may not be empty in URI: "${uri}"`);
  const next = uri[end + 1];
  if (next !== undefined && !':/?,'.includes(next)) {
    throw new TroubleError(
      `unexpected character "${next}" at position ${end + 2} in URI (expected ":" or "/"): "${uri}"`,
    );
  }
  return [uri.slice(start + 1, end), end + 1];
}

function parseParameters(query: string, values: Map<string, string>): void {
  // A trailing "&" ends the last parameter and does not begin another.
  for (const parameter of query.replace(/&$/, '').split('&')) {
    const [encodedName = '', encodedValue, ...more] = parameter.split('=');
    if (encodedValue === undefined) {
      throw new TroubleError(`missing key/value separator "=" in URI query parameter: "${encodedName}"`);
    }
    if (more.length > 0) {
      throw new TroubleError(`extra key/value separator "=" in URI query parameter: "${encodedName}"`);
    }
    storeParameter(values, decode(encodedName), decode(encodedValue));
  }
}

function storeParameter(values: Map<string, string>, name: string, value: string): void {
  // JDBC's spelling, which libpq understands too.
  if (name === 'ssl' && value === 'true') {
    values.set('sslmode', 'require');
  } else if (name === 'requiressl' || isKeyword(name)) {
    storeValue(values, name, value);
  } else {
    throw new TroubleError(`invalid URI query parameter: "${name}"`);
  }
}

/** An empty part of a URI counts as absent. */
function storeDecoded(values: Map<string, string>, name: string, encoded: string): void {
  if (encoded !== '') values.set(name, decode(encoded));
}

function decode(encoded: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) {
    throw new TroubleError(`invalid percent-encoded token: "${encoded}"`);
  }
  if (encoded.includes('%00')) {
    throw new TroubleError(`forbidden value %00 in percent-encoded value: "${encoded}"`);
  }
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    throw new TroubleError(`percent-encoded value is not UTF-8: "${encoded}"`, { cause: error });
  }
}

function splitOnce(text: string, separator: string): [before: string, after?: string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
