/**
 * The value of require_auth: which authentication methods the user lets a server ask for (manual,
 * "Parameter Key Words"; parsing and complaints as in libpq's fe-connect.c from version 16 on).
 */

import { TroubleError } from '../../errors/trouble.ts';

const METHODS = ['none', 'password', 'md5', 'gss', 'sspi', 'scram-sha-256'] as const;

/** A way to authenticate, as require_auth names it; `none` is access without authentication. */
export type AuthMethod = (typeof METHODS)[number];

/** The value as written, and the methods that it allows. */
export interface RequiredAuth {
  readonly text: string;
  readonly allowed: ReadonlySet<AuthMethod>;
}

/** Parses a list of methods to allow, `scram-sha-256,none`, or of methods to exclude, `!password,!md5`. */
export function parseRequireAuth(text: string): RequiredAuth {
  const parts = text.split(',');
  const excluding = parts[0]?.startsWith('!') === true;
  const named = new Set<AuthMethod>();
  for (const part of parts) {
    const method = parseMethod(part, excluding);
    if (named.has(method))
      throw new TroubleError(`require_auth method "${part}" is specified more than once`);
    named.add(method);
  }
  return { text, allowed: excluding ? new Set(METHODS.filter((method) => !named.has(method))) : named };
}

function parseMethod(part: string, excluding: boolean): AuthMethod {
  if (part.startsWith('!') && !excluding) {
    throw new TroubleError(
      `negative require_auth method "${part}" cannot be mixed with non-negative methods`,
    );
  }
  if (!part.startsWith('!') && excluding) {
    throw new TroubleError(`require_auth method "${part}" cannot be mixed with negative methods`);
  }
  const name = part.replace(/^!/, '');
  const method = METHODS.find((candidate) => candidate === name);
  if (method === undefined) throw new TroubleError(`invalid require_auth value: "${name}"`);
  return method;
}
