import { describe, expect, it } from 'vitest';
import { TroubleError } from '../../../../lib/errors/trouble.ts';
import { parseS3Location } from '../../../../lib/store/s3/location.ts';

const NOTHING = {
  endpoint: undefined,
  region: undefined,
  pathStyle: false,
  storageClass: undefined,
  encryption: undefined,
};

describe('parseS3Location', () => {
  it.each([
    { name: 's3://bucket', url: 's3://bucket', prefix: '' },
    { name: 's3://bucket/', url: 's3://bucket', prefix: '' },
    { name: 's3://bucket/db1', url: 's3://bucket/db1', prefix: 'db1/' },
    { name: 's3://bucket/db1/2026//', url: 's3://bucket/db1/2026', prefix: 'db1/2026/' },
    { name: 's3://bucket/a b%20ü', url: 's3://bucket/a b%20ü', prefix: 'a b%20ü/' },
    { name: 's3://bucket?', url: 's3://bucket', prefix: '' },
  ])('reads $name', ({ name, url, prefix }) => {
    expect(parseS3Location(name)).toEqual({ url, bucket: 'bucket', prefix, ...NOTHING });
  });

  it('reads parameters', () => {
    const query = 'endpoint=https://store:9000&region=r1&path_style=true&storage_class=STANDARD_IA';
    expect(parseS3Location(`s3://bucket/p?${query}&sse=aws:kms&sse_kms_key_id=key%2F1`)).toEqual({
      url: 's3://bucket/p',
      bucket: 'bucket',
      prefix: 'p/',
      endpoint: 'https://store:9000',
      region: 'r1',
      pathStyle: true,
      storageClass: 'STANDARD_IA',
      encryption: { method: 'aws:kms', keyId: 'key/1' },
    });
  });

  it.each([
    { name: 's3://', complaint: 'invalid name of a bucket in an "s3://" URL' },
    { name: 's3:///prefix', complaint: 'invalid name of a bucket in an "s3://" URL' },
    { name: 's3://KEY:SECRET@bucket/p', complaint: 'invalid name of a bucket in an "s3://" URL' },
    {
      name: 's3://bucket/p?secret_access_key=SECRET',
      complaint: 'unknown parameter "secret_access_key" of "s3://bucket/p"',
    },
    { name: 's3://bucket/p?region=', complaint: 'parameter "region" of "s3://bucket/p" has no value' },
    {
      name: 's3://bucket?endpoint=http://KEY:SECRET@h',
      complaint: 'invalid endpoint, must be as in "https://HOST:PORT"',
    },
    {
      name: 's3://bucket?endpoint=store:9000',
      complaint: 'invalid endpoint, must be as in "https://HOST:PORT"',
    },
    {
      name: 's3://bucket?path_style=yes',
      complaint: 'invalid value "yes" of "path_style", must be "true" or "false"',
    },
    {
      name: 's3://bucket?sse=rot13',
      complaint: 'invalid value "rot13" of "sse", must be "AES256" or "aws:kms"',
    },
    { name: 's3://bucket?sse_kms_key_id=k', complaint: '"sse_kms_key_id" needs "sse=aws:kms"' },
  ])('refuses $name, and quotes no secret', ({ name, complaint }) => {
    const refusal = (() => {
      try {
        return parseS3Location(name);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(TroubleError);
    expect(refusal).toHaveProperty('message', complaint);
    expect(JSON.stringify(refusal)).not.toContain('SECRET');
  });
});
