/** The certificate library. Loaded only when it is needed: it costs more time than the rest of a start. */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  // Its container asks for the Reflect metadata API when it loads, and finds nothing there in our use.
  const nothing = (): undefined => undefined;
  if (!('getMetadata' in Reflect)) Object.assign(Reflect, { getMetadata: nothing, getOwnMetadata: nothing });
  return import('@peculiar/x509');
}
