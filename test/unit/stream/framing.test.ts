import { describe, expect, it } from 'vitest';
import { Framing } from '../../../lib/stream/framing.ts';
import { COPY, IN_BASE, itComplains, type Row, START } from '../../support/malformed.ts';
import { CopyDone, CopyOutResponse, int32, message, string } from '../../support/messages.ts';
import { CUTS, type Cut, lend } from '../../support/rechunk.ts';

/** A message with a length that does not fit it. */
const lying = (type: string, length: number) =>
  Buffer.concat([Buffer.from(type), int32(length), Buffer.alloc(20, '?')]);

const FRAMING: Row[] = [
  ['an unknown type', [], message('Q', string('SELECT 1')), 'unknown message type'],
  ['ReadyForQuery', START, message('Z', Buffer.from('I')), 'unknown message type'],
  ['a tar', [], Buffer.alloc(512, 'base/1/2619'), 'unknown message type'],
  ['zeros', IN_BASE, Buffer.alloc(512), 'unknown message type'],
  ...[0, 1, 2, 3].map(
    (length): Row => [`a length of ${length}`, COPY, lying('c', length), `invalid message length ${length}`],
  ),
  ['CopyData without its kind', COPY, lying('d', 4), 'invalid message length 4'],
  ['CopyData of 16 MiB + 1', IN_BASE, lying('d', 2 ** 24 + 1), `invalid message length ${2 ** 24 + 1}`],
  ['a length of 4 GiB', IN_BASE, lying('d', -1), 'invalid message length 4294967295'],
];

/** The contents that are delivered of a stream in the form of servers before 15. */
async function bareContents(stream: Buffer, cut: Cut): Promise<string> {
  const framing = new Framing('bare');
  let contents = '';
  for await (const chunk of lend(stream, cut)) {
    for (const message of framing.push(chunk)) {
      contents += message.kind === 'contents' ? Buffer.concat(message.parts).toString() : message.type;
    }
  }
  expect(framing.held).toBe(0);
  expect(framing.offset).toBe(stream.length);
  return contents;
}

describe('Framing', () => {
  describe('of a malformed message', () => itComplains(FRAMING));

  it.each(CUTS)('takes all CopyData for contents in the old form, $name', async ({ cut }) => {
    const copied = ['day', '', 'n', 'd'].map((text) => message('d', Buffer.from(text)));
    const stream = Buffer.concat([CopyOutResponse(), ...copied, CopyDone()]);
    expect(await bareContents(stream, cut)).toBe('Hdayndc');
  });
});
