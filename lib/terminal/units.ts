/** Numbers as people read and write them. */

const SIZE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in PostgreSQL's units, which are powers of 1024: "17 kB", "1.2 GB". */
export function formatSize(bytes: number): string {
  if (Math.round(bytes) < 1024) return `${Math.round(bytes)} bytes`;
  let value = bytes;
  let unit = -1;
  // What would be rounded to 1024 is one of the next unit.
  while (Math.round(value) >= 1024 && unit < SIZE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${SIZE_UNITS[unit]}`;
}

/** A size as in postgresql.conf, "64MB" or "1 GB", in bytes; without a unit it is bytes. Undefined if it is none. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = 'B'] = /^\s*(\d+)\s*([kMGT]?B)?\s*$/.exec(text) ?? [];
  const bytes = Number(digits) * 1024 ** (SIZE_UNITS.indexOf(unit) + 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Seconds as "0:05" or "1:02:33". */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "1 file", "2 files". */
export function formatCount(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}
