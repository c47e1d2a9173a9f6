import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseTransferRate } from '../../../../lib/tool/stream/transfer-rate.ts';

describe('parseTransferRate', () => {
  it.each([
    { text: '32', kilobytes: 32 },
    { text: '1048576', kilobytes: 1048576 },
    { text: '512k', kilobytes: 512 },
    { text: '2M', kilobytes: 2048 },
    { text: '1024M', kilobytes: 1048576 },
    { text: '0.5M', kilobytes: 512 },
    { text: '.25M', kilobytes: 256 },
    { text: '100.k', kilobytes: 100 },
    { text: '32.9', kilobytes: 32 },
    { text: '1.5e3', kilobytes: 1500 },
    { text: '+64', kilobytes: 64 },
    { text: '  64 k  ', kilobytes: 64 },
    { text: '\t64\n', kilobytes: 64 },
    { text: '0064', kilobytes: 64 },
  ])('reads "$text"', ({ text, kilobytes }) => {
    expect(parseTransferRate(text)).toBe(kilobytes);
  });

  it.each([
    { text: '', complaint: 'transfer rate "" is not a valid value' },
    { text: 'fast', complaint: 'transfer rate "fast" is not a valid value' },
    { text: 'k32', complaint: 'transfer rate "k32" is not a valid value' },
    { text: '.', complaint: 'transfer rate "." is not a valid value' },
    { text: '0', complaint: 'transfer rate must be greater than zero' },
    { text: '-64', complaint: 'transfer rate must be greater than zero' },
    { text: '-64G', complaint: 'transfer rate must be greater than zero' },
    { text: '64G', complaint: 'invalid --max-rate unit: "G"' },
    { text: '64K', complaint: 'invalid --max-rate unit: "K"' },
    { text: '64m', complaint: 'invalid --max-rate unit: "m"' },
    { text: '64kB', complaint: 'invalid --max-rate unit: "kB"' },
    { text: '64 k k', complaint: 'invalid --max-rate unit: "k k"' },
    { text: '1,5M', complaint: 'invalid --max-rate unit: ",5M"' },
    { text: '31', complaint: 'transfer rate "31" is out of range, must be from "32k" to "1024M"' },
    { text: '31.99', complaint: 'transfer rate "31.99" is out of range, must be from "32k" to "1024M"' },
    { text: '1048577', complaint: 'transfer rate "1048577" is out of range, must be from "32k" to "1024M"' },
    {
      text: '1048576.5',
      complaint: 'transfer rate "1048576.5" is out of range, must be from "32k" to "1024M"',
    },
    { text: '1025M', complaint: 'transfer rate "1025M" is out of range, must be from "32k" to "1024M"' },
    { text: '1e400', complaint: 'transfer rate "1e400" is out of range, must be from "32k" to "1024M"' },
  ])('refuses "$text"', ({ text, complaint }) => {
    expect(() => parseTransferRate(text)).toThrow(new UsageError(complaint));
  });
});
