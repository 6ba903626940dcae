import { expect, it } from 'vitest';
import type { Change } from '../../../../../lambda/core/fix/remediation/plan.ts';
import { diffLines } from '../../../../../lambda/core/fix/remediation/steps/diff-lines.ts';

it.each<[string, Change, readonly string[]]>([
  [
    'a setting in JSON',
    {
      kind: 'setting',
      file: '/a.json',
      format: 'json',
      setting: 'authentication.x509.clientCAFile',
      before: '"',
      after: '/ca.crt',
    },
    [
      '/a.json',
      '  "authentication": {',
      '    "x509": {',
      '-     "clientCAFile": "\\""',
      '+     "clientCAFile": "/ca.crt"',
      '    }',
      '  }',
    ],
  ],
  [
    'a setting in YAML that nobody sets',
    { kind: 'setting', format: 'yaml', setting: 'authentication.anonymous.enabled', after: false },
    ['the kubelet’s configuration file', '  authentication:', '    anonymous:', '+     enabled: false'],
  ],
  [
    'a setting of no group, whose old value is 0',
    { kind: 'setting', format: 'json', setting: 'eventRecordQPS', before: 0, after: 50 },
    ['the kubelet’s configuration file', '- "eventRecordQPS": 0', '+ "eventRecordQPS": 50'],
  ],
  [
    'an argument of several places',
    { kind: 'argument', places: ['/a', '/b', '/c'], before: '--x=', after: '--x=1' },
    ['/a, or /b, or /c', '- --x=', '+ --x=1'],
  ],
  ['an argument that is new', { kind: 'argument', places: ['/a'], after: '--x=1' }, ['/a', '+ --x=1']],
  ['a mode', { kind: 'mode', file: '/a', before: '664', after: '644' }, ['/a', '- mode 664', '+ mode 644']],
  [
    'an owner of a file that nobody edits',
    { kind: 'owner', before: 'me:me', after: 'root:root' },
    ['the file', '- owner me:me', '+ owner root:root'],
  ],
  [
    'certificates',
    { kind: 'bundle', file: '/ca.crt', sha256: ['ab', 'cd'] },
    ['/ca.crt', '+ certificate with SHA-256 ab', '+ certificate with SHA-256 cd'],
  ],
  [
    'certificates of a file elsewhere',
    { kind: 'bundle', sha256: ['ab'] },
    ['the client CA’s file', '+ certificate with SHA-256 ab'],
  ],
  [
    'an option of Bottlerocket',
    { kind: 'option', option: 'kubernetes.event-qps', after: '50' },
    ['settings', '+ kubernetes.event-qps = 50'],
  ],
])('the difference of %s has its place and its lines', (_, change, [place, ...lines]) => {
  expect(diffLines(change)).toEqual({ place, lines });
});
