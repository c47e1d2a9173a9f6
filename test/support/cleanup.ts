/**
 * Removes what must not outlive this process: servers, process groups, directories. Tests and the demo clean up after
 * themselves; this is for a failed run, a Ctrl-C, a test runner that ends its workers by SIGTERM, or a worker whose
 * test runner has gone. It cannot help after a SIGKILL.
 */

const actions = new Set<() => void>();
let watching = false;

/** Registers a synchronous, repeatable clean-up for the end of the process; returns a function that unregisters it. */
export function atExit(action: () => void): () => void {
  watch();
  actions.add(action);
  return () => actions.delete(action);
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on('exit', cleanUp);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      cleanUp();
      process.kill(process.pid, signal);
    });
  }
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}

/** In reverse order: a server is stopped before its directory is removed. One failure does not stop the rest. */
function cleanUp(): void {
  for (const action of [...actions].reverse()) {
    actions.delete(action);
    try {
      action();
    } catch (error) {
      process.stderr.write(`clean-up failed: ${String(error)}\n`);
    }
  }
}
