/**
 * npm run bench: our tools beside their peers in C, as ratios from one run, in a table. `npm run bench -- TEXT` takes
 * only the rows with this text in their path. Of a whole run, the results and a chart are kept (results/).
 * BB_BENCH_TRIAL=1 only tries the rows.
 */

import { rmSync, statSync } from 'node:fs';
import { combineRows } from './combine-rows.ts';
import { compressRows } from './compress-rows.ts';
import { jobRows } from './job-rows.ts';
import { type Material, withMaterial } from './material.ts';
import { pair, succeed } from './measure.ts';
import { pgdataRows } from './pgdata-rows.ts';
import { Pieces } from './pieces.ts';
import { type Result, writeResults } from './results.ts';
import { busyRows, type Row, rows } from './rows.ts';
import { scaleRows } from './scale-rows.ts';
import { printHead, printResult } from './table.ts';
import { verifyRows } from './verify-rows.ts';

const wanted = process.argv[2] ?? '';

await withMaterial(async (material) => {
  printHead();
  const results: Result[] = [];
  // After each row, so that what was measured is kept if the run is ended.
  const done = (result: Result) => {
    printResult(result);
    results.push(result);
    if (wanted === '') writeResults(results, material.cluster.server.version);
  };
  await measure(material, allRows(material), done);
  await material.busily(() => measure(material, busyRows(material), done));
});

function allRows(material: Material): Row[] {
  return [
    ...jobRows(material),
    ...pgdataRows(material),
    ...rows(material),
    ...verifyRows(material),
    ...scaleRows(material),
    ...combineRows(material),
    ...compressRows(material),
  ];
}

async function measure(
  material: Material,
  all: readonly Row[],
  done: (result: Result) => void,
): Promise<void> {
  const chosen = all.filter(({ path, onRequest = false }) =>
    wanted === '' ? !onRequest : path.includes(wanted),
  );
  const pieces = new Pieces(material);
  for (const [index, row] of chosen.entries()) {
    try {
      await pieces.provide(row.needs ?? []);
      done(await measureRow(row));
    } catch (error) {
      process.stderr.write(`${row.path}: ${(error as Error).message}\n`);
      process.exitCode = 1;
    }
    await pieces.keepOnly(chosen.slice(index + 1).flatMap(({ needs = [] }) => needs));
  }
}

async function measureRow(row: Row): Promise<Result> {
  const pairing = await pair(row.ours, row.peer, row);
  const size = row.outputs && statSync(row.outputs.peer).size / statSync(row.outputs.ours).size;
  if (row.check !== undefined) await succeed(row.check);
  for (const path of row.leftovers ?? []) rmSync(path, { recursive: true, force: true });
  return { row, pairing, size };
}
