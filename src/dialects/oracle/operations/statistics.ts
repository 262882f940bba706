import { notFound } from '../errors.ts';
import {
  optionalParameter,
  parameter,
  type Answer,
  type Call,
  type Operation,
  type SystemFigures,
} from '../operation.ts';
import type { XmlNode } from '../xml.ts';

interface Kpi {
  readonly name: string;
  readonly units: string;
  readonly description: string;
  readonly read: (figures: SystemFigures) => number;
}

const KPI_TYPES: Readonly<Record<string, readonly Kpi[]>> = {
  globalSessions: [
    {
      name: 'sysGlobalConSessions',
      units: 'sessions',
      description: 'Calls in set-up or answered',
      read: ({ calls }) => calls,
    },
    {
      name: 'sysGlobalCPS',
      units: 'calls per second',
      description: 'Calls admitted in a second',
      read: ({ callsPerSecond }) => callsPerSecond,
    },
  ],
  sessCapacityUtil: [
    {
      name: 'sessCapacityUtil',
      units: 'percent',
      description: 'Calls in relation to those that can be held',
      read: ({ calls, callCapacity }) => Math.round((calls / callCapacity) * 100),
    },
  ],
  sipRegistrations: [
    {
      name: 'sipRegistrations',
      units: 'registrations',
      description: 'Users who are registered',
      read: ({ registrations }) => registrations,
    },
  ],
  sysCPUUtil: [
    {
      name: 'sysCPUUtil',
      units: 'percent',
      description: 'Use of the processors',
      read: ({ cpuPercent }) => cpuPercent,
    },
  ],
  sysMemoryUtil: [
    {
      name: 'sysMemoryUtil',
      units: 'percent',
      description: 'Use of the memory',
      read: ({ memoryPercent }) => memoryPercent,
    },
  ],
};

async function kpiTypes(call: Call): Promise<Answer> {
  const name = optionalParameter(call, 'type');
  const path = `${call.base}/statistics`;
  if (name === undefined)
    return { status: 200, links: Object.keys(KPI_TYPES).map((type) => `${path}/kpiTypes?type=${type}`) };
  const kpi = kpisOf(name).map(({ name: kpiName, units, description }): XmlNode => ({
    name: [kpiName],
    type: ['integer'],
    units: [units],
    description: [description],
  }));
  return { status: 200, data: { [name]: [{ kpi }] }, links: [`${path}/kpis?type=${name}`] };
}

async function kpis(call: Call): Promise<Answer> {
  const name = parameter(call, 'type');
  const figures = await call.service.system.figures();
  const values = kpisOf(name).map((kpi) => [kpi.name, [String(kpi.read(figures))]]);
  return { status: 200, data: { [name]: [Object.fromEntries(values) as XmlNode] } };
}

function kpisOf(type: string): readonly Kpi[] {
  const found = Object.hasOwn(KPI_TYPES, type) ? KPI_TYPES[type] : undefined;
  if (!found) throw notFound(`There is no KPI type ${type.slice(0, 60)}`);
  return found;
}

/** Key performance indicators (reference §3). */
export const STATISTICS: readonly Operation[] = [
  { method: 'GET', path: '/statistics/kpiTypes', name: 'getKpiTypes', lock: false, admin: false, handle: kpiTypes },
  { method: 'GET', path: '/statistics/kpis', name: 'getKpis', lock: false, admin: false, handle: kpis },
];
