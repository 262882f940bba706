import { readFileSync } from 'node:fs';

/** Tables of the UDP sockets of a Linux system, proc(5). */
const TABLES = { 4: '/proc/net/udp', 6: '/proc/net/udp6' };

/** Places of columns. */
const LOCAL = 1;
const QUEUES = 4;
const DROPS = 12;

/** What the system says of one UDP socket. */
export interface UdpSocketRow {
  /** Address and port, as the table prints them. */
  readonly local: string;
  /** Memory that what was received and not read takes, bytes. */
  readonly waiting: number;
  /** Datagrams that were received and dropped, mostly because the receive buffer was full. */
  readonly drops: number;
}

/** All UDP sockets of the system; none on one that does not tell. */
export function udpSockets(): UdpSocketRow[] {
  return [TABLES[4], TABLES[6]].flatMap((table) => readTable(table).split('\n').slice(1, -1).map(rowOf));
}

/** The socket that the system knows by a number of its own. Reads no other rows, for who asks often. */
export function udpSocket(inode: number, version: 4 | 6): UdpSocketRow | undefined {
  const table = readTable(TABLES[version]);
  const at = table.indexOf(` ${inode} `);
  return at < 0 ? undefined : rowOf(table.slice(table.lastIndexOf('\n', at) + 1, table.indexOf('\n', at)));
}

function rowOf(line: string): UdpSocketRow {
  const columns = line.trim().split(/\s+/);
  const [, received = '0'] = columns[QUEUES]?.split(':') ?? [];
  return { local: columns[LOCAL] ?? '', waiting: Number.parseInt(received, 16), drops: Number(columns[DROPS]) };
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
