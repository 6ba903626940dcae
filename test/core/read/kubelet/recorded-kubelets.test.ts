import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { KubeletFacts } from '../../../../lambda/core/model/model.ts';
import { settingPaths } from '../../../../lambda/core/model/settings.ts';
import { readConfigz } from '../../../../lambda/core/read/kubelet/configz/configz.ts';
import { classifyConfigzAnswer } from '../../../../lambda/core/read/kubelet/configz/configz-answer.ts';
import { effectiveConfiguration } from '../../../../lambda/core/read/kubelet/effective.ts';
import { recordedAnswer, recordedNames, recordedNode } from './recorded.ts';

/** The truth about each recorded kubelet, and what a reader of the proxy's answer can say. */
const kubelets = [
  { name: 'file-sets-ca', truth: 'pass', byProxy: 'pass' },
  { name: 'flag-sets-ca', truth: 'pass', byProxy: 'pass' },
  { name: 'drop-in-sets-ca', truth: 'pass', byProxy: 'pass' },
  { name: 'al2023-shape', truth: 'pass', byProxy: 'pass' },
  { name: 'no-ca-anonymous-off', truth: 'fail', byProxy: 'warn' },
  { name: 'no-ca-anonymous-on-webhook', truth: 'fail', byProxy: 'warn' },
  { name: 'no-ca-anonymous-on-always-allow', truth: 'fail', byProxy: 'fail' },
  { name: 'no-config-file-legacy-defaults', truth: 'fail', byProxy: 'unknown' },
  { name: 'ca-set-but-anonymous-always-allow-read-only-port', truth: 'pass', byProxy: 'pass' },
  { name: 'debugging-handlers-off', truth: 'pass', byProxy: 'unknown' },
] as const;

const values = (facts: KubeletFacts) =>
  Object.fromEntries(
    settingPaths.map((path) => [path, facts.settings[path].state === 'known' ? facts.settings[path].value : 'unknown']),
  );

const fromFiles = (name: string): KubeletFacts => {
  const facts = effectiveConfiguration(recordedNode(name), 'ssm');
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};

describe('the recorded kubelets', () => {
  it('are all in the table', () => {
    expect(kubelets.map(({ name }) => name).toSorted()).toEqual(recordedNames('kubelets'));
  });

  it.each(kubelets)('judges $name as $truth by its command line and files', ({ name, truth }) => {
    expect(clientCaFile.judge(fromFiles(name)).status).toBe(truth);
  });

  it.each(kubelets)('judges $name as $byProxy by what the API server answered', ({ name, byProxy }) => {
    const answer = classifyConfigzAnswer(recordedAnswer(`kubelets/${name}/configz-through-api-server.http`), 'node-a');
    const reading = answer.kind === 'facts' ? { facts: answer.facts, failures: [] } : { failures: [answer.failure] };
    expect(evaluate(clientCaFile, reading).status).toBe(byProxy);
  });

  // The kubelet's own merge is the oracle: whatever it says it runs with, the files and flags must give.
  const serving = kubelets.filter(({ name }) => name !== 'debugging-handlers-off');
  it.each(serving)('reads from the files of $name exactly what the kubelet runs with', ({ name }) => {
    const running = readConfigz(recordedAnswer(`kubelets/${name}/configz-direct.http`).body);
    expect(running.ok && values(running.value)).toEqual(values(fromFiles(name)));
  });

  it.each([
    ['file-sets-ca', { from: 'file', file: '/etc/kubernetes/kubelet/config.json' }],
    ['flag-sets-ca', { from: 'flag', flag: 'client-ca-file' }],
    ['drop-in-sets-ca', { from: 'drop-in', file: '/etc/kubernetes/kubelet/config.json.d/40-ca.conf' }],
    ['no-ca-anonymous-off', { from: 'default', of: 'configuration file' }],
    ['no-config-file-legacy-defaults', { from: 'default', of: 'no configuration file' }],
  ])('says where the client CA of %s comes from', (name, origin) => {
    const value = origin.from === 'default' ? '' : '/etc/kubernetes/pki/ca.crt';
    const fact = fromFiles(name).settings['authentication.x509.clientCAFile'];
    expect(fact).toEqual({ state: 'known', value, origin });
  });
});
