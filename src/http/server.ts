import type { RequestListener, Server } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Binding } from '../kit/read-text.ts';
import type { ApplicationOptions } from './application.ts';
import { answerClientError } from './faces.ts';
import { LateApis, type LateApi } from './late-apis.ts';
import { createListener, HTTP_LIMITS, type HttpLimits, type WebSocketTaker } from './listener.ts';
import { statusPlugin, type StatusOptions } from './status.ts';

export interface HttpOptions extends ApplicationOptions, Omit<StatusOptions, 'listeners'> {
  readonly http: Binding;
  readonly https: Binding;
  /** Certificate chain and key of the TLS listener, PEM. */
  readonly certificate: { readonly cert: string; readonly key: string };
  readonly apis: readonly LateApi[];
  readonly webSockets?: WebSocketTaker;
  readonly limits?: Partial<HttpLimits>;
}

/** The gate's HTTP face: the same applications behind a plain and a TLS listener. */
export interface HttpFace {
  /** Of the plain listener. */
  readonly server: Server;
  /** The application that has what is no control API's. */
  app(): Promise<FastifyInstance>;
  /** Opens both listeners, or neither; the addresses they got. */
  open(): Promise<{ readonly http: string; readonly https: string }>;
  /** Stops accepting, lets running requests finish for at most `deadline` ms, then closes the plugins. */
  close(deadline: number): Promise<void>;
}

/** Makes the listeners, which are closed until `open`. Applications are made when requests come for them. */
export function createHttp(options: HttpOptions): HttpFace {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const open: { http: string | null; https: string | null } = { http: null, https: null };
  const { webSockets, faces = [], logger } = options;
  let closing = false;
  const build = async (plugin: FastifyPluginAsync): Promise<FastifyInstance> => {
    const { openApplication } = await import('./application.ts');
    return openApplication(plugin, options, { limits, closing: () => closing });
  };
  const status = async (): Promise<FastifyPluginAsync> => statusPlugin({ ...options, listeners: () => open });
  const apis = new LateApis(options.apis, status, build, (error) =>
    logger.error({ err: error }, 'a control API could not be opened'),
  );
  const handler: RequestListener = (request, response) => apis.take(request, response);
  const plain = createListener(handler, limits, { webSockets });
  const secure = createListener(handler, limits, { tls: options.certificate, webSockets });
  for (const { server } of [plain, secure])
    server.on('clientError', (error, socket) => answerClientError(faces, error, socket));

  const close = async (deadline: number): Promise<void> => {
    closing = true;
    await Promise.all([plain.close(deadline), secure.close(deadline)]);
    await apis.close();
  };
  return {
    server: plain.server,
    app: () => apis.rest(),
    close,
    async open() {
      try {
        const http = await plain.open(options.http);
        const https = await secure.open(options.https);
        return Object.assign(open, { http, https });
      } catch (error) {
        await close(0);
        throw error;
      }
    },
  };
}
