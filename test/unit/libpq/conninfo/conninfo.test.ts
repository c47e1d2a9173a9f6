/**
 * Connection strings. The rows about URIs cover what libpq's own regression test (src/interfaces/libpq/t/
 * 001_uri.pl) holds for right, and more.
 */

import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { parseConninfo } from '../../../../lib/libpq/conninfo/conninfo.ts';

describe('parseConninfo, keywords and values', () => {
  it.each<[text: string, values: Record<string, string>]>([
    ['', {}],
    ['  \t\n', {}],
    ['host=db1 port=5433', { host: 'db1', port: '5433' }],
    ['host = db1   port =5433', { host: 'db1', port: '5433' }],
    ["password='with blank'", { password: 'with blank' }],
    ["password='it\\'s' user='back\\\\slash'", { password: "it's", user: 'back\\slash' }],
    ['password=a\\ b\\\\c', { password: 'a b\\c' }],
    ["password=mid'quote", { password: "mid'quote" }],
    ["password=''", { password: '' }],
    ["password='a'user=b", { password: 'a', user: 'b' }],
    ['password=trailing\\', { password: 'trailing' }],
    ["password='line\nbreak'", { password: 'line\nbreak' }],
    ['user= host=x', { user: 'host=x' }],
    ['user=first user=second', { user: 'second' }],
    ['options=-cwork_mem=1MB', { options: '-cwork_mem=1MB' }],
    ['requiressl=1', { sslmode: 'require' }],
    ['requiressl=0', { sslmode: 'prefer' }],
    ['requirepeer=root', { requirepeer: 'root' }],
  ])('reads %j', (text, values) => {
    expect(Object.fromEntries(parseConninfo(text))).toEqual(values);
  });

  it.each([
    ['mydb', 'missing "=" after "mydb" in connection info string'],
    ['host=a port 5432', 'missing "=" after "port" in connection info string'],
    ['postgre://', 'missing "=" after the word at character 1 in connection info string'],
    ['hots=db1', 'invalid connection option "hots"'],
    ['=x', 'invalid connection option ""'],
    ['HOST=db1', 'invalid connection option "HOST"'],
    ["password='open", 'unterminated quoted string in connection info string'],
    ["password='open\\'", 'unterminated quoted string in connection info string'],
    ["password='open\\", 'unterminated quoted string in connection info string'],
  ])('refuses %j', (text, complaint) => {
    expect(() => parseConninfo(text)).toThrow(complaint);
    expect(() => parseConninfo(text)).toThrow(TroubleError);
  });
});

describe('parseConninfo, URIs', () => {
  it.each<[uri: string, values: Record<string, string>]>([
    [
      'postgresql://uri-user:secret@host:12345/db',
      { user: 'uri-user', password: 'secret', dbname: 'db', host: 'host', port: '12345' },
    ],
    ['postgresql://uri-user@host:12345/db', { user: 'uri-user', dbname: 'db', host: 'host', port: '12345' }],
    ['postgresql://uri-user@host/db', { user: 'uri-user', dbname: 'db', host: 'host' }],
    ['postgresql://host:12345/db', { dbname: 'db', host: 'host', port: '12345' }],
    ['postgresql://host/db', { dbname: 'db', host: 'host' }],
    ['postgresql://uri-user@host:12345/', { user: 'uri-user', host: 'host', port: '12345' }],
    ['postgresql://uri-user@host/', { user: 'uri-user', host: 'host' }],
    ['postgresql://uri-user@', { user: 'uri-user' }],
    ['postgresql://host:12345/', { host: 'host', port: '12345' }],
    ['postgresql://host:12345', { host: 'host', port: '12345' }],
    ['postgresql://host/', { host: 'host' }],
    ['postgresql://host', { host: 'host' }],
    ['postgresql://', {}],
    ['postgresql://?hostaddr=127.0.0.1', { hostaddr: '127.0.0.1' }],
    ['postgresql://example.com?hostaddr=63.1.2.4', { host: 'example.com', hostaddr: '63.1.2.4' }],
    ['postgresql://%68ost/', { host: 'host' }],
    ['postgresql://host/db?user=uri-user', { user: 'uri-user', dbname: 'db', host: 'host' }],
    [
      'postgresql://host/db?user=uri-user&port=12345',
      { user: 'uri-user', dbname: 'db', host: 'host', port: '12345' },
    ],
    [
      'postgresql://host/db?u%73er=someotheruser&port=12345',
      { user: 'someotheruser', dbname: 'db', host: 'host', port: '12345' },
    ],
    ['postgresql://host:12345?user=uri-user', { user: 'uri-user', host: 'host', port: '12345' }],
    ['postgresql://host?user=uri-user', { user: 'uri-user', host: 'host' }],
    ['postgresql://host?', { host: 'host' }],
    ['postgresql://[::1]:12345/db', { dbname: 'db', host: '::1', port: '12345' }],
    ['postgresql://[::1]/db', { dbname: 'db', host: '::1' }],
    ['postgresql://[2001:db8::1234]/', { host: '2001:db8::1234' }],
    ['postgresql://[200z:db8::1234]/', { host: '200z:db8::1234' }],
    ['postgresql://[::1]', { host: '::1' }],
    ['postgres://', {}],
    ['postgres:///', {}],
    ['postgres:///db', { dbname: 'db' }],
    ['postgres://uri-user@/db', { user: 'uri-user', dbname: 'db' }],
    ['postgres://?host=/path/to/socket/dir', { host: '/path/to/socket/dir' }],
    ['postgres://@host', { host: 'host' }],
    ['postgres://host:/', { host: 'host' }],
    ['postgres://:12345/', { port: '12345' }],
    ['postgres://otheruser@?host=/no/such/directory', { user: 'otheruser', host: '/no/such/directory' }],
    ['postgres://otheruser@/?host=/no/such/directory', { user: 'otheruser', host: '/no/such/directory' }],
    [
      'postgres://otheruser@:12345/db?host=/path/to/socket',
      { user: 'otheruser', dbname: 'db', host: '/path/to/socket', port: '12345' },
    ],
    ['postgres://:12345?host=/path/to/socket', { host: '/path/to/socket', port: '12345' }],
    ['postgres://%2Fvar%2Flib%2Fpostgresql/dbname', { dbname: 'dbname', host: '/var/lib/postgresql' }],
    ['postgresql://host?sslmode=disable', { host: 'host', sslmode: 'disable' }],
    ['postgresql://host?ssl=true', { host: 'host', sslmode: 'require' }],
    ['postgresql://host?requiressl=0', { host: 'host', sslmode: 'prefer' }],
    ['postgresql://a:1,b,[::1]:3/db', { host: 'a,b,::1', port: '1,,3', dbname: 'db' }],
    ['postgresql://a,b', { host: 'a,b', port: ',' }],
    ['postgresql://u:p:q%40@h', { user: 'u', password: 'p:q@', host: 'h' }],
    ['postgresql://h?user=a&', { host: 'h', user: 'a' }],
    ['postgresql://h/d%C3%A4?options=-c%20x%3Dy', { host: 'h', dbname: 'dä', options: '-c x=y' }],
  ])('reads %s', (uri, values) => {
    expect(Object.fromEntries(parseConninfo(uri))).toEqual(values);
  });

  it.each([
    ['postgresql://host/db?u%7aer=someotheruser&port=12345', 'invalid URI query parameter: "uzer"'],
    ['postgresql://host?uzer=', 'invalid URI query parameter: "uzer"'],
    ['postgres://[::1', 'end of string reached when looking for matching "]" in IPv6 host address in URI'],
    ['postgres://[]', 'IPv6 host address may not be empty in URI'],
    ['postgres://[::1]z', 'unexpected character at position 17 in URI (expected ":" or "/")'],
    ['postgresql://host?zzz', 'missing key/value separator "=" in URI query parameter: "zzz"'],
    ['postgresql://host?value1&value2', 'missing key/value separator "=" in URI query parameter: "value1"'],
    ['postgresql://host?user=a&&port=1', 'missing key/value separator "=" in URI query parameter: ""'],
    ['postgresql://host?key=key=value', 'extra key/value separator "=" in URI query parameter: "key"'],
    ['postgres://host?dbname=%XXfoo', 'invalid percent-encoded token in connection option "dbname"'],
    ['postgres://host?%XX=foo', 'invalid percent-encoded token in the name of URI query parameter 1'],
    ['postgresql://a%00b', 'forbidden value %00 in connection option "host"'],
    ['postgresql://%zz', 'invalid percent-encoded token in connection option "host"'],
    ['postgresql://%1', 'invalid percent-encoded token in connection option "host"'],
    ['postgresql://%', 'invalid percent-encoded token in connection option "host"'],
    ['postgresql://h%ff', 'percent-encoded value is not UTF-8 in connection option "host"'],
  ])('refuses %s', (uri, complaint) => {
    expect(() => parseConninfo(uri)).toThrow(new TroubleError(complaint).message);
  });
});

describe('complaints about connection strings, passwords in them', () => {
  it.each([
    ['postgresql://u:SECRET@[::1:1/x', 'end of string reached when looking for matching "]"'],
    ['postgresql://u:SECRET@[]/x', 'IPv6 host address may not be empty in URI'],
    ['postgresql://u:SECRET@[::1]x', 'unexpected character at position 28 in URI'],
    ['postgresql://u:SECRET%zz@h', 'invalid percent-encoded token in connection option "password"'],
    ['postgresql://u:SECRET%00@h', 'forbidden value %00 in connection option "password"'],
    ['postgresql://u:SECRET%ff@h', 'percent-encoded value is not UTF-8 in connection option "password"'],
    ['postgresql://u:x@SECRET@h', 'unexpected "@" in the host name in URI'],
    ['postgresql://h?password=SECRET%00', 'forbidden value %00 in connection option "password"'],
    ['postgresql://h?password=SECRET%zz', 'invalid percent-encoded token in connection option "password"'],
    ['postgresql://h?password=x&SECRET', 'missing key/value separator "=" in URI query parameter 2'],
    ['postgresql://h?password=x&SECRET=y', 'invalid URI query parameter 2'],
    ['postgresql://h?password=x&SECRET=y=z', 'extra key/value separator "=" in URI query parameter 2'],
    ['postgresql://u:x@h?a$SECRET=x', 'invalid URI query parameter 1'],
    ['postgre://u:SECRET@h', 'missing "=" after the word at character 1'],
    ['postgre://u:SECRET@h?sslmode=require', 'invalid connection option at character 1'],
    ['host=h password=my SECRET', 'missing "=" after the word at character 20'],
    ['host=h password=my SECRET=x', 'invalid connection option at character 20'],
    ["password='SECRET", 'unterminated quoted string in connection info string'],
  ])('tell nothing of %s', (text, complaint) => {
    let told: unknown;
    try {
      parseConninfo(text);
    } catch (error) {
      told = error;
    }
    expect(told).toBeInstanceOf(TroubleError);
    expect((told as TroubleError).message).toContain(complaint);
    expect(JSON.stringify(told, ['message', 'detail', 'hint', 'stack'])).not.toContain('SECRET');
  });
});
