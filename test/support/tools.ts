/**
 * The tools under test as stages of a pipeline: those built in dist/, started as users start them.
 */

import { fileURLToPath } from 'node:url';
import type { Stage } from './pipeline.ts';

/** One of our tools with its arguments and, if given, environment variables. */
export function tool(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Stage {
  return { command: fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url)), args, env };
}
