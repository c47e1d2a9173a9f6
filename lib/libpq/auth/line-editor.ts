/**
 * The keys that edit a password while it is typed: erase, erase all, enter, end of file, interrupt. In raw mode the
 * terminal driver does not handle them.
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

  /** Takes what was typed. Says whether the line was entered, interrupted, or is still being typed. */
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
