/** One attempt to connect, of the many that a list of hosts can lead to. */

import type { Endpoint } from '../conninfo/endpoint.ts';
import type { HostSetting } from '../conninfo/hosts.ts';
import type { Encryption } from '../tls/tls.ts';

/** Where, and whether encrypted. */
export interface AttemptPlan {
  readonly host: HostSetting;
  readonly endpoint: Endpoint;
  readonly encryption: Encryption;
}
