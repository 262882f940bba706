import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { isLoopback } from '../kit/ip.ts';
import { equalInConstantTime } from '../kit/seal.ts';

/** How the gate is, as the rest of the program knows it. */
export interface GateState {
  readonly status: 'starting' | 'ok' | 'draining';
  /** Open SIP listeners, as `udp:127.0.0.1:5060`. */
  readonly sip: readonly string[];
  /** The newest revision that calls are decided by. */
  readonly revision: number;
}

/** A registry of metrics in the Prometheus text format. */
interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface StatusOptions {
  readonly state: () => Promise<GateState>;
  /** Open HTTP listeners; null for one that is not open. */
  readonly listeners: () => { readonly http: string | null; readonly https: string | null };
  readonly metrics: MetricsSource;
  readonly adminToken: string;
}

/** `GET /healthz` for whoever asks; `GET /metrics` for this machine, and for others with the admin token. */
export function statusPlugin(options: StatusOptions): FastifyPluginAsync {
  return async (app) => {
    app.get('/healthz', async (_request, reply) => {
      const { status, sip, revision } = await options.state();
      const { http, https } = options.listeners();
      return reply.code(status === 'ok' ? 200 : 503).send({ status, http, https, sip, revision });
    });

    app.get('/metrics', async (request, reply) => {
      if (!isLocal(request) && !hasToken(request, options.adminToken))
        return reply
          .code(401)
          .header('www-authenticate', 'Bearer')
          .send({ error: 'unauthorized', message: 'metrics need the admin token from outside this machine' });
      return reply.header('content-type', options.metrics.contentType).send(await options.metrics.metrics());
    });
  };
}

/** From this machine, and not on behalf of another through a proxy on it. */
function isLocal({ ip, headers }: FastifyRequest): boolean {
  const forwarded = headers.forwarded ?? headers['x-forwarded-for'] ?? headers.via;
  return forwarded === undefined && isLoopback(ip);
}

function hasToken({ headers }: FastifyRequest, token: string): boolean {
  const [scheme = '', given = ''] = headers.authorization?.split(' ', 2) ?? [];
  return scheme.toLowerCase() === 'bearer' && equalInConstantTime(given, token);
}
