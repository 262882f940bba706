/** A stored time (ISO 8601) as the 2010 API writes it: RFC 2822 in UTC, such as `Mon, 20 Jul 2015 17:27:10 +0000`. */
export function rfc2822(iso: string): string {
  return new Date(iso).toUTCString().replace(/GMT$/, '+0000');
}

/** Milliseconds since the epoch as times are stored, and as the v1 and v2 APIs write them: `2015-01-02T11:23:45Z`. */
export function iso8601(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
