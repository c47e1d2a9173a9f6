/**
 * Reads replication commands by the server's own rules, to test the code that writes them. The tokens are those of
 * repl_scanner.l, the commands those of repl_gram.y, in the form before version 15 or since. In quotes, a backslash is
 * an ordinary character. In single quotes, a doubled quote stands for one; in double quotes, nothing is special.
 */

/** A command as the server reads it: words and options. */
export interface ReplicationCommand {
  /** The command, then the keywords and values before the options. */
  readonly words: readonly string[];
  /** By name; the value is undefined for an option without one. */
  readonly options: ReadonlyMap<string, string | undefined>;
}

interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'lsn' | 'sign';
  readonly value: string;
}

const TOKENS =
  /\s*(?:'(?<text>(?:[^']|'')*)'|"(?<name>[^"]+)"|(?<lsn>[0-9A-F]+\/[0-9A-F]+)|(?<number>[0-9]+)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<sign>[(),]))/y;

/** Options that have a value, in the form before version 15. */
const VALUED = ['LABEL', 'MAX_RATE', 'MANIFEST', 'MANIFEST_CHECKSUMS'];
/** The words after which the options begin, in the old form. */
const OLD_OPTIONS = /^(BASE_BACKUP|RESERVE_WAL)$/;

/** Reads one command. Throws for what is a syntax error to the server. */
export function readReplicationCommand(command: string, serverVersion: number): ReplicationCommand {
  const tokens = [...tokenise(command)];
  const parenthesis = tokens.findIndex(({ kind, value }) => kind === 'sign' && value === '(');
  if (parenthesis >= 0) {
    if (serverVersion < 150000) throw new Error('syntax error: option list in parentheses');
    return { words: words(tokens.slice(0, parenthesis)), options: newOptions(tokens.slice(parenthesis + 1)) };
  }
  const first = tokens.findIndex(({ kind, value }) => kind === 'word' && OLD_OPTIONS.test(value));
  if (first < 0) return { words: words(tokens), options: new Map() };
  if (serverVersion >= 150000 && tokens.length > first + 1) throw new Error('syntax error: no parentheses');
  const start = tokens[first]?.value === 'BASE_BACKUP' ? first + 1 : first;
  return { words: words(tokens.slice(0, start)), options: oldOptions(tokens.slice(start)) };
}

function* tokenise(command: string): Generator<Token> {
  TOKENS.lastIndex = 0;
  for (let at = 0; at < command.length; at = TOKENS.lastIndex) {
    const { groups = {} } = TOKENS.exec(command) ?? {};
    const [kind, value] = Object.entries(groups).find(([, text]) => text !== undefined) ?? [];
    if (kind === undefined || value === undefined) throw new Error(`syntax error at: ${command.slice(at)}`);
    yield { kind: kind as Token['kind'], value: kind === 'text' ? value.replaceAll("''", "'") : value };
  }
}

function words(tokens: readonly Token[]): string[] {
  return tokens.map(({ kind, value }) => {
    if (kind === 'text' || kind === 'sign') throw new Error(`syntax error at: ${value}`);
    return value;
  });
}

/** `name [value], ...)`, and nothing after it. */
function newOptions(tokens: readonly Token[]): Map<string, string | undefined> {
  const options = new Map<string, string | undefined>();
  const rest = [...tokens];
  for (;;) {
    const name = take(rest, 'word');
    const valued = rest[0]?.kind !== 'sign';
    options.set(name, valued ? rest.shift()?.value : undefined);
    const sign = take(rest, 'sign');
    if (sign === ')') break;
    if (sign !== ',') throw new Error(`syntax error at: ${sign}`);
  }
  if (rest.length > 0) throw new Error(`syntax error at: ${rest[0]?.value}`);
  return options;
}

function oldOptions(tokens: readonly Token[]): Map<string, string | undefined> {
  const options = new Map<string, string | undefined>();
  const rest = [...tokens];
  while (rest.length > 0) {
    const name = take(rest, 'word');
    options.set(name, VALUED.includes(name) ? rest.shift()?.value : undefined);
  }
  return options;
}

function take(rest: Token[], kind: Token['kind']): string {
  const token = rest.shift();
  if (token?.kind !== kind) throw new Error(`syntax error at: ${token?.value ?? 'end of command'}`);
  return token.value;
}
