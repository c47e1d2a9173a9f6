/**
 * Where a password comes from, when a server asks for one: typed in if -W demands it, else the connection string or
 * PGPASSWORD, else the password file, else typed in unless -w forbids it. A password that was typed in is kept for
 * further connections (GetConnection in streamutil.c).
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { HostSetting } from '../conninfo/hosts.ts';
import { readPasswordFile } from '../conninfo/passfile.ts';
import type { ConnectionSettings } from '../conninfo/settings.ts';
import { promptForPassword } from './prompt.ts';

/** -w, neither, -W. */
export type PromptMode = 'never' | 'if-needed' | 'always';

/** What a source of passwords can call. */
export interface PasswordHooks {
  /** Asks the user; the terminal if not given. */
  readonly ask?: () => Promise<string>;
  /** Called with the reason why a password file was not used. */
  readonly warn: (message: string) => void;
}

/** A password, and the file it was found in, if any. */
export interface FoundPassword {
  readonly password: string;
  readonly file?: string;
}

/** Passwords for the hosts of one set of settings. */
export class Passwords {
  readonly #settings: ConnectionSettings;
  readonly #mode: PromptMode;
  readonly #ask: () => Promise<string>;
  readonly #warn: (message: string) => void;
  #typed: string | undefined;

  constructor(settings: ConnectionSettings, mode: PromptMode, hooks: PasswordHooks) {
    this.#settings = settings;
    this.#mode = mode;
    this.#ask = hooks.ask ?? (() => promptForPassword('Password: '));
    this.#warn = hooks.warn;
  }

  /** The same without asking the user, for a connection that is not worth a prompt. */
  withoutAsking(): Passwords {
    const passwords = new Passwords(this.#settings, 'never', { warn: () => {} });
    passwords.#typed = this.#typed;
    return passwords;
  }

  /** To be called before the first connection: -W asks without waiting for the server to do so. */
  async prepare(): Promise<void> {
    if (this.#mode === 'always') this.#typed ??= await this.#ask();
  }

  /** The password for a host. Throws when there is none. */
  async find(host: HostSetting): Promise<FoundPassword> {
    const found = this.#known(host) ?? (this.#mode === 'never' ? undefined : await this.#typeIn());
    // A server never takes an empty password, so libpq does not send one.
    if (!found?.password) throw new TroubleError('fe_sendauth: no password supplied');
    return found;
  }

  #known(host: HostSetting): FoundPassword | undefined {
    const { password = '', passwordFile, user } = this.#settings;
    if (this.#typed !== undefined) return { password: this.#typed };
    if (password !== '') return { password };
    if (passwordFile === undefined) return undefined;
    const fromFile = readPasswordFile(passwordFile, host, user, this.#warn);
    return fromFile === undefined ? undefined : { password: fromFile, file: passwordFile };
  }

  async #typeIn(): Promise<FoundPassword> {
    this.#typed = await this.#ask();
    return { password: this.#typed };
  }
}
