/**
 * Bundles each tool of bin/ into one file of dist/tools/, so that it starts in the time that Node.js itself needs;
 * what is only needed later (the PostgreSQL client, say) goes into chunks of its own. Native modules stay
 * outside. What users call is a small file of dist/ that loads the tool (lib/tool/start.ts). The licences of all that was
 * bundled are collected beside it.
 */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const {
  version,
  dependencies = {},
  optionalDependencies = {},
} = JSON.parse(readFileSync('package.json', 'utf8'));
const tools = readdirSync('bin')
  .filter((name) => name.endsWith('.ts'))
  .map((name) => basename(name, '.ts'));

/** Mains of threads, which are loaded by their names. */
const THREADS = [
  'lib/compress/zstd-thread.ts',
  'lib/source/reading/filling-thread.ts',
  'lib/verify/directory/reading-thread.ts',
];

/**
 * The first lines of each tool are for the shell: to JavaScript they are strings and comments. They start Node.js, and
 * tell it which signals are ignored, which it could not find out itself any more (lib/terminal/ignored-signals.ts). Where
 * there is no /proc they tell nothing. Nothing but the shell itself is run: a process more would take milliseconds.
 */
const LAUNCHER = `#!/bin/sh
':' //; unset BB_IGNORED_SIGNALS bb_name bb_value
':' //; { while read -r bb_name bb_value && [ "$bb_name" != SigIgn: ]; do :; done </proc/self/status; } 2>/dev/null
':' //; [ "$bb_name" != SigIgn: ] || export BB_IGNORED_SIGNALS="$bb_value"; exec node "$0" "$@"`;

const OPTIONS = {
  outdir: 'dist/tools',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  external: [...Object.keys(dependencies), ...Object.keys(optionalDependencies), 'pg-native'],
  define: { BB_VERSION: JSON.stringify(version) },
  // CommonJS packages inside an ES module need a `require`, for the modules of Node.js.
  banner: {
    js: "import { createRequire as __bb } from 'node:module'; const require = __bb(import.meta.url);",
  },
};

rmSync('dist', { recursive: true, force: true });
// Each by itself: what tools share would go into dozens of files, which take 20 ms to load.
const paths = [...tools.map((name) => join('bin', `${name}.ts`)), ...THREADS];
const built = await Promise.all(paths.map((path) => build({ ...OPTIONS, entryPoints: [path] })));
await Promise.all(tools.map(buildStarter));
writeFileSync(
  'dist/THIRD-PARTY-LICENSES',
  licences(built.flatMap(({ metafile }) => Object.keys(metafile.inputs))),
);

/** The file that users call; it needs no other until it runs. */
async function buildStarter(name) {
  const outfile = join('dist', `${name}.js`);
  const contents = `
    import { start } from './lib/tool/start.ts';
    await start('${name}', () => import('./tools/${name}.js'));`;
  await build({
    ...OPTIONS,
    outdir: undefined,
    outfile,
    splitting: false,
    stdin: { contents, resolveDir: '.' },
    external: ['./tools/*'],
    banner: { js: LAUNCHER },
  });
  chmodSync(outfile, 0o755);
}

/** The licence texts of the packages that the inputs belong to. */
function licences(inputs) {
  const packages = new Set(inputs.map(packageFolder).filter((folder) => folder !== undefined));
  return [...packages]
    .sort()
    .map((folder) => {
      const {
        name,
        version: packageVersion,
        license,
      } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const files = readdirSync(folder);
      // A package without a file of its own for the licence has the text in its README.
      const file =
        files.find((entry) => /^licen[cs]e/i.test(entry)) ?? files.find((entry) => /^readme/i.test(entry));
      const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
      return `${name} ${packageVersion} (${license})\n\n${text}\n`;
    })
    .join(`${'-'.repeat(72)}\n`);
}

/** "node_modules/@scope/name" of a file inside it. */
function packageFolder(path) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}
