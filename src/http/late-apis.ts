import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';

/** A control API. Its routes are hundreds: they are added when the first request comes, not while the gate starts. */
export interface LateApi {
  /** Its own paths, of one segment or two: these and all below are for no other API. */
  readonly paths: readonly string[];
  readonly plugin: () => Promise<FastifyPluginAsync>;
}

/** Makes an application with these routes. */
type Build = (plugin: FastifyPluginAsync) => Promise<FastifyInstance>;

interface Place {
  readonly plugin: LateApi['plugin'];
  app: FastifyInstance | null;
  opening: Promise<FastifyInstance> | null;
}

/** Control APIs, each an application of its own: hooks, parsers and errors of one reach no other. */
export class LateApis {
  /** Of paths of one segment, and of paths of two by the first: a second one that is an id is never looked for. */
  readonly #places = new Map<string, Place>();
  readonly #placesBelow = new Map<string, Map<string, Place>>();
  readonly #rest: Place;
  readonly #build: Build;
  readonly #onError: (error: unknown) => void;

  /** `rest` has all paths that are none of theirs. */
  constructor(apis: readonly LateApi[], rest: LateApi['plugin'], build: Build, onError: (error: unknown) => void) {
    this.#rest = { plugin: rest, app: null, opening: null };
    this.#build = build;
    this.#onError = onError;
    for (const { paths, plugin } of apis) {
      const place: Place = { plugin, app: null, opening: null };
      for (const path of paths) {
        const [, first = '', second] = path.split('/');
        if (second === undefined) this.#places.set(first, place);
        else
          this.#placesBelow.set(first, (this.#placesBelow.get(first) ?? new Map<string, Place>()).set(second, place));
      }
    }
  }

  /** Has the API answer that the path belongs to. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const url = originForm(request.url ?? '');
    request.url = url;
    const place = this.#placeOf(url);
    if (place.app) place.app.routing(request, response);
    else
      void this.#open(place).then(
        (app) => app.routing(request, response),
        (error: unknown) => {
          place.opening = null;
          this.#onError(error);
          response.writeHead(500).end();
        },
      );
  }

  /** The application that has the paths of no API. */
  rest(): Promise<FastifyInstance> {
    return this.#open(this.#rest);
  }

  /** Closes those that were opened. */
  async close(): Promise<void> {
    const all = [this.#places, ...this.#placesBelow.values()].flatMap((each) => [...each.values()]);
    const places = [this.#rest, ...new Set(all)];
    await Promise.all(places.map(async ({ opening }) => (await opening?.catch(() => null))?.close()));
  }

  #open(place: Place): Promise<FastifyInstance> {
    return (place.opening ??= place.plugin().then(async (plugin) => (place.app = await this.#build(plugin))));
  }

  #placeOf(url: string): Place {
    const [, first = '', second = ''] = decoded(url).split('/', 3);
    return this.#places.get(first) ?? this.#placesBelow.get(first)?.get(second) ?? this.#rest;
  }
}

/** Clients that take the gate for a proxy send the whole URL, which a server must accept (RFC 9112 §3.2.2). */
function originForm(url: string): string {
  const [, rest] = /^https?:\/\/[^/?]*(.*)$/i.exec(url) ?? [];
  if (rest === undefined) return url;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The path as routes are compared with it; as it came when it cannot be decoded. */
function decoded(url: string): string {
  const [path = ''] = url.split('?', 1);
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
