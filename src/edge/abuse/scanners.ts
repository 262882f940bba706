/**
 * Beginnings of User-Agent values, lower case, that no telephone or PBX carries (checklist 10.5): tools that scan, guess
 * and dial. Names that honest software shares with scanners (Asterisk PBX, eyeBeam, Cisco) are left out, and so are
 * sipp, sipsak and sipcli's relatives that people test and monitor with.
 */
const SCANNERS = [
  'friendly-scanner',
  'friendly-request',
  'sipvicious',
  'sundayddr',
  'sip-scan',
  'sipscan',
  'smap ',
  'iwar',
  'vaxsipuseragent',
  'vaxipuseragent',
  'pplsip',
  'sipcli/',
  'sip-cli',
  'gulp',
  'elite-sip',
  'nm@p',
  'nmap',
];

/** Whether a User-Agent is that of a scanner. */
export function isScanner(userAgent: string | undefined): boolean {
  if (userAgent === undefined) return false;
  const name = userAgent.slice(0, 64).toLowerCase();
  return SCANNERS.some((scanner) => name.startsWith(scanner));
}
