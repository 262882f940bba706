// The whole of wxc_sdk's part in permissions, codes and premises against a gate, the SDK unmodified. By hand:
//   WXC_SDK=FOLDER node test/acceptance/wxc-sdk.ts
// FOLDER is where Python finds wxc_sdk and what it needs, such as `pip install --target FOLDER wxc_sdk` makes; several
// folders are parted by colons. PYTHON names another interpreter than python3.
import { run, TestGate } from '../support/gate.ts';
import { join } from 'node:path';

const folder = process.env['WXC_SDK'];
if (folder === undefined) throw new Error('WXC_SDK must name the folder that wxc_sdk is in');

await using gate = await TestGate.start();
const { code, stdout, stderr } = await run(
  process.env['PYTHON'] ?? 'python3',
  [join(import.meta.dirname, 'wxc-sdk.py')],
  {
    PYTHONPATH: folder,
    WEBEX_BASE_URL: `${gate.http}/v1`,
    WEBEX_ACCESS_TOKEN: gate.credentials['TOLLGATE_WEBEX_ACCESS_TOKEN'] ?? '',
  },
);
if (code === 0) console.log(`wxc_sdk: ${stdout.trim()} steps, each as the SDK expects it`);
else console.error(stderr);
process.exitCode = code ?? 1;
