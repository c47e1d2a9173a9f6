/**
 * A server's request for the password, passed on to the source of passwords. While the user types, the time allowed for
 * connecting is suspended. But servers do not wait for ever, so the answer may come when the connection is gone.
 */

import type { FoundPassword, Passwords } from '../auth/password.ts';
import type { HostSetting } from '../conninfo/hosts.ts';
import type { Deadline } from './deadline.ts';

/** The question, for one attempt to connect. */
export class PasswordQuestion {
  readonly #host: HostSetting;
  readonly #passwords: Passwords;
  readonly #deadline: Deadline;
  #open: Promise<FoundPassword> | undefined;
  #found: FoundPassword | undefined;

  constructor(host: HostSetting, passwords: Passwords, deadline: Deadline) {
    this.#host = host;
    this.#passwords = passwords;
    this.#deadline = deadline;
  }

  /** The file that the password was found in, if any. */
  get file(): string | undefined {
    return this.#found?.file;
  }

  /** Asks for the password. Throws if there is none. */
  async ask(): Promise<string> {
    this.#open = this.#deadline.suspend(() => this.#passwords.find(this.#host));
    this.#found = await this.#open;
    this.#open = undefined;
    return this.#found.password;
  }

  /** To be called when the connection is gone: whether an answer came too late, and can serve another connection. */
  async isAnsweredLate(): Promise<boolean> {
    if (!this.#open) return false;
    return await this.#open.then(
      () => true,
      () => false,
    );
  }
}
