/** Compares what bb-stream(1) says about connections with lib/libpq. */

import { describe, expect, it } from 'vitest';
import {
  type Conninfo,
  checkSupported,
  fromEnvironment,
  isKeyword,
} from '../../lib/libpq/conninfo/keywords.ts';
import { argumentsOf, readPage, sectionOf } from './mdoc.ts';

describe('connections in bb-stream(1)', () => {
  const page = readPage('bb-stream.1');
  const variables = environmentVariables();
  const isSupported = (name: string) => grants(fromEnvironment({ [name]: 'x' }));

  it('are made from the environment variables that it lists', () => {
    const listed = argumentsOf('Ev', sectionOf(page, 'ENVIRONMENT')).filter((name) => /^PG[A-Z]/.test(name));
    expect(listed.sort()).toEqual([...variables.filter(isSupported), 'PGSYSCONFDIR'].sort());
  });

  it('heed the variables that it lists as not supported', () => {
    const listed = argumentsOf('Ev', sectionOf(page, 'CAVEATS'));
    expect(listed.sort()).toEqual(variables.filter((name) => !isSupported(name)).sort());
  });

  it('refuse the keywords that it lists', () => {
    const listed = argumentsOf('Cm', sectionOf(page, 'CAVEATS'));
    expect(listed).toEqual(expect.arrayContaining(['requirepeer', 'oauth_issuer', 'sslcrldir']));
    const isRefused = (name: string) => isKeyword(name) && !grants(new Map([[name, 'x']]));
    expect(listed.filter((name) => !isRefused(name))).toEqual([]);
  });
});

/** The variables that are looked up for a connection. */
function environmentVariables(): string[] {
  const asked: string[] = [];
  const note = (_target: object, name: string | symbol) => void asked.push(String(name));
  fromEnvironment(new Proxy({}, { get: note }));
  return asked;
}

function grants(values: Conninfo): boolean {
  try {
    checkSupported(values);
    return true;
  } catch {
    return false;
  }
}
