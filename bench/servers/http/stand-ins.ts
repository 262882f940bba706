import { join } from 'node:path';
import { connect } from 'node:net';
import { Program } from '../../measure/program.ts';
import { freeTcpPort } from '../ports.ts';

const PRISM = join(import.meta.dirname, '../../node_modules/@stoplight/prism-cli/dist/index.js');

/** Servers that look like the vendor's API and do nothing behind it; how each is started on a port. */
export const STAND_INS: Readonly<Record<string, (port: string) => [string, string[]]>> = {
  'Flask on werkzeug': (port) => ['/usr/bin/python3', [join(import.meta.dirname, 'flask-app.py'), port]],
  Prism: (port) => [
    process.execPath,
    [PRISM, 'mock', '-h', '127.0.0.1', '-p', port, '-v', 'silent', join(import.meta.dirname, 'openapi.yaml')],
  ],
  'Fastify, bare': (port) => [process.execPath, [join(import.meta.dirname, 'fastify.ts'), port]],
};

/** A server of the control API under test. */
export interface HttpServer extends AsyncDisposable {
  /** `ADDRESS:PORT`. */
  readonly target: string;
  readonly pids: readonly number[];
}

/** Resolves when it takes connections. */
export async function startStandIn(command: (port: string) => [string, string[]]): Promise<HttpServer> {
  const port = await freeTcpPort();
  const program = new Program(...command(String(port)), { core: 0 });
  try {
    await program.until(() => listens(port), 60_000);
  } catch (error) {
    await program.stop('SIGKILL');
    throw error;
  }
  return {
    target: `127.0.0.1:${port}`,
    pids: [program.pid],
    [Symbol.asyncDispose]: () => program.stop('SIGKILL'),
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', settle(true));
    socket.once('error', settle(false));
  });
}
