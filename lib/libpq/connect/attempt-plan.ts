/** What one attempt to connect is: one of the many that a list of hosts makes. */

import type { Endpoint } from '../conninfo/endpoint.ts';
import type { HostSetting } from '../conninfo/hosts.ts';
import type { Encryption } from '../tls/tls.ts';

/** Where, and whether encrypted. */
export interface AttemptPlan {
  readonly host: HostSetting;
  readonly endpoint: Endpoint;
  readonly encryption: Encryption;
}
