import { expect, it } from 'vitest';
import type { Change } from '../../../../../lambda/core/fix/remediation/plan.ts';
import { diffLines } from '../../../../../lambda/core/fix/remediation/plan-text.ts';

const file = 'the kubelet’s configuration file';
const ca = { setting: 'authentication.x509.clientCAFile', before: '"', after: '/ca.crt' } as const;
const x509 = ['  "authentication": {', '    "x509": {'];
const deep = [...x509, '-     "clientCAFile": "\\""', '+     "clientCAFile": "/ca.crt"'];
const anonymous = { setting: 'authentication.anonymous.enabled', after: false } as const;
const argument = { kind: 'argument', after: '--x=1' } as const;
const both = ['+ certificate with SHA-256 ab', '+ certificate with SHA-256 cd'];
const event = { setting: 'eventRecordQPS', before: 0, after: 50 } as const;
it.each<[Change, readonly string[]]>([
  [{ kind: 'setting', file: '/a.json', format: 'json', ...ca }, ['/a.json', ...deep, '    }', '  }']],
  [
    { kind: 'setting', format: 'yaml', ...anonymous },
    [file, '  authentication:', '    anonymous:', '+     enabled: false'],
  ],
  [{ kind: 'setting', format: 'json', ...event }, [file, '- "eventRecordQPS": 0', '+ "eventRecordQPS": 50']],
  [{ ...argument, places: ['/a', '/b', '/c'], before: '--x=' }, ['/a, or /b, or /c', '- --x=', '+ --x=1']],
  [{ ...argument, places: ['/a'] }, ['/a', '+ --x=1']],
  [{ kind: 'mode', file: '/a', before: '664', after: '644' }, ['/a', '- mode 664', '+ mode 644']],
  [{ kind: 'owner', before: 'me:me', after: 'root:root' }, ['the file', '- owner me:me', '+ owner root:root']],
  [{ kind: 'bundle', file: '/ca.crt', sha256: ['ab', 'cd'] }, ['/ca.crt', ...both]],
  [{ kind: 'bundle', sha256: ['ab'] }, ['the client CA’s file', '+ certificate with SHA-256 ab']],
  [{ kind: 'option', option: 'kubernetes.event-qps', after: '50' }, ['settings', '+ kubernetes.event-qps = 50']],
])('the difference of %j has its place and its lines', (change, [place, ...lines]) => {
  expect(diffLines(change)).toEqual({ place, lines });
});
