/**
 * What the keys do while a password is typed on a terminal in raw mode, where the terminal driver no longer
 * does it: erase, erase all, enter, end of file, interrupt.
 */

const INTERRUPT = '\x03';
const END_OF_FILE = '\x04';
const ERASE_ALL = '\x15';
const ERASE = ['\b', '\x7f'];
const ENTER = ['\r', '\n'];

/** A line being typed. */
export class LineEditor {
  #characters: string[] = [];

  get text(): string {
    return this.#characters.join('');
  }

  /** Takes what was typed, and tells whether the line is done, given up, or goes on. */
  type(keys: string): 'entered' | 'interrupted' | 'going on' {
    for (const key of keys) {
      if (ENTER.includes(key) || key === END_OF_FILE) return 'entered';
      if (key === INTERRUPT) return 'interrupted';
      if (key === ERASE_ALL) this.#characters = [];
      else if (ERASE.includes(key)) this.#characters.pop();
      else this.#characters.push(key);
    }
    return 'going on';
  }
}
