import { documentKey, elementId, toElement } from '../documents.ts';
import { valueOf } from '../element.ts';
import { systemConfig } from '../element-types/system-config.ts';
import { SbcError } from '../errors.ts';
import { type Answer, type Call, type Operation } from '../operation.ts';
import { targetName } from './boot-parameters.ts';

const PRODUCT = 'Tollgate';

async function status({ service }: Call): Promise<Answer> {
  return {
    status: 200,
    data: {
      uptimeSeconds: [uptime(service)],
      hostName: [await targetName(service.ledger)],
      systemState: ['online'],
      role: ['standalone'],
      healthScorePercent: ['100'],
    },
  };
}

async function information({ service }: Call): Promise<Answer> {
  const { ledger, system } = service;
  const id = elementId({ type: systemConfig.name, attributes: {}, subElements: [] }, systemConfig);
  const document = await ledger.get(documentKey('running', id));
  const configured = (name: string): string => (document ? valueOf(toElement(document), systemConfig, name) : '');
  return {
    status: 200,
    data: {
      systemInformation: [
        {
          productName: [PRODUCT],
          buildVersion: [system.version],
          upTimeSeconds: [uptime(service)],
          location: [configured('mib-system-location') || configured('location')],
          name: [configured('mib-system-name') || configured('hostname') || (await targetName(ledger))],
          serialNum: [system.serialNumber],
        },
      ],
    },
  };
}

async function version({ service }: Call): Promise<Answer> {
  const systemVersion = { productName: [PRODUCT], buildVersion: [service.system.version] };
  return { status: 200, data: { systemVersion: [systemVersion] } };
}

/** Calls that are established go on meanwhile: the gate is not in the way of their media, and keeps no dialogs. */
async function reboot({ service, base }: Call): Promise<Answer> {
  if (!service.system.reboot) throw new SbcError(500, 'The gate cannot restart itself on this system');
  service.system.reboot();
  return { status: 202, data: 'Rebooting in 5 seconds', links: [`${base}/system/status`] };
}

async function switchover(): Promise<Answer> {
  throw new SbcError(500, 'There is no standby system to switch over to');
}

function uptime({ clock, system }: Call['service']): string {
  return String(Math.floor((clock.now() - system.startedAt) / 1000));
}

/** The system itself (reference §3). */
export const SYSTEM: readonly Operation[] = [
  { method: 'GET', path: '/system/status', name: 'getSystemStatus', lock: false, admin: false, handle: status },
  {
    method: 'GET',
    path: '/system/information',
    name: 'getSystemInformation',
    lock: false,
    admin: false,
    handle: information,
  },
  { method: 'GET', path: '/system/version', name: 'getSystemVersion', lock: false, admin: false, handle: version },
  { method: 'POST', path: '/admin/reboot', name: 'reboot', lock: false, admin: true, handle: reboot },
  { method: 'POST', path: '/admin/switchover', name: 'switchover', lock: false, admin: true, handle: switchover },
];
