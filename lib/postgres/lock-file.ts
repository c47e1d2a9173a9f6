/**
 * The file postmaster.pid of a running server, which says where it listens: one fact a line (src/include/utils/pidfile.h).
 */

/** Where a client on the same host finds the server. */
export interface Listening {
  /** The directory of its first Unix-domain socket, or an address; empty if it does not listen yet. */
  readonly host: string;
  readonly port: string;
  /** The process ID of the postmaster. */
  readonly pid: number;
}

const LINE = { pid: 0, port: 3, socketDirectory: 4, listenAddress: 5 } as const;
/** What stands there for all addresses. */
const ANY_ADDRESS = ['*', '0.0.0.0', '::'];

/** Reads the file's contents; what is not there yet is empty. */
export function parseLockFile(text: string): Listening {
  const lines = text.split('\n');
  const line = (index: number) => lines[index]?.trim() ?? '';
  const address = line(LINE.listenAddress);
  return {
    host: line(LINE.socketDirectory) || (ANY_ADDRESS.includes(address) ? 'localhost' : address),
    port: line(LINE.port),
    pid: Number(line(LINE.pid)),
  };
}
