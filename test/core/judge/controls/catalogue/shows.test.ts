import { expect, it } from 'vitest';
import type { About } from '../../../../../lambda/core/judge/control.ts';
import { onMachineOnly, shows } from '../../../../../lambda/core/judge/controls/catalogue/shows.ts';
import type { Via } from '../../../../../lambda/core/model/model.ts';

const vias: readonly Via[] = ['ssm', 'files', 'direct', 'configz', 'tls', 'wire'];
const setting = (setting: Extract<About, { kind: 'setting' }>['setting']): About => ({ kind: 'setting', setting });

it.each<[About, string, true?]>([
  [setting('authentication.anonymous.enabled'), 'ssm files direct configz wire'],
  [setting('authorization.mode'), 'ssm files direct configz'],
  [setting('readOnlyPort'), 'ssm files direct configz'],
  [setting('authentication.x509.clientCAFile'), 'ssm files direct configz tls'],
  [setting('eventRecordQPS'), 'ssm files', true],
  [{ kind: 'flag', flag: 'hostname-override' }, 'ssm files'],
  [{ kind: 'file', file: 'config', property: 'mode' }, 'ssm'],
  [{ kind: 'connection', what: 'shown serving certificate' }, 'direct tls wire'],
  [{ kind: 'cluster', what: 'holders' }, ''],
])('%j is shown by %s alone', (about, sources, runningIsAmbiguous) => {
  const control = { about, ...(runningIsAmbiguous && { runningIsAmbiguous }) };
  expect(vias.filter((via) => shows(via, control)).join(' ')).toBe(sources);
  expect(onMachineOnly(control)).toBe(about.kind !== 'connection' && !sources.includes('configz'));
});
