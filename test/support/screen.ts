/**
 * A terminal's screen: takes what programs write and returns what a user sees. It knows the few control characters with
 * which bars are drawn, and wraps lines that are too long, as terminals do.
 */

/** What a user sees, and whether a line had to be wrapped. */
export interface Screen {
  readonly lines: readonly string[];
  readonly wrapped: readonly string[];
}

/** The screen with this number of columns, after everything was written to it. Nothing scrolls away. */
export function screenOf(written: string, columns: number): Screen {
  const lines: string[] = [''];
  const wrapped = new Set<number>();
  let [row, column] = [0, 0];
  const below = (): void => {
    row++;
    lines[row] ??= '';
  };
  for (const [control] of written.matchAll(/\x1b\[K|\r|\n|[^\x1b\r\n]/gu)) {
    const line = lines[row] ?? '';
    if (control === '\r') column = 0;
    else if (control === '\n') {
      below();
      column = 0;
    } else if (control === '\x1b[K') lines[row] = line.slice(0, column);
    else {
      if (column === columns) {
        wrapped.add(row);
        below();
        column = 0;
      }
      const now = (lines[row] ?? '').padEnd(column);
      lines[row] = now.slice(0, column) + control + now.slice(column + 1);
      column++;
    }
  }
  return { lines, wrapped: [...wrapped].map((index) => lines[index] ?? '') };
}
