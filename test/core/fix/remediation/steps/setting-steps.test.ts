import { describe, expect, it } from 'vitest';
import type { KubeletFacts } from '../../../../../lambda/core/model/model.ts';
import { mainFile, running, seen } from '../failing-audit.ts';
import { port, stepsOf, wrong } from './steps-of.ts';

const commands = ['daemon-reload', 'restart kubelet', 'status kubelet --no-pager --full'];
const restart = commands.map((command) => `$ sudo systemctl ${command}`);
const closed = 'mind: whatever still reads port 10255 finds it closed';

describe('the step of a setting', () => {
  const slug = 'kubelet-read-only-port';
  const portStep = (by = 'runbook', ...minds: readonly string[]) => [
    `${slug}, config-file by ${by}: readOnlyPort: file ${mainFile.al2} sets it, and nothing overrides it`,
    `@ ${mainFile.al2}`,
    '- "readOnlyPort": 10255',
    '+ "readOnlyPort": 0',
    ...restart,
    'stays',
    ...minds,
    closed,
  ];

  it('is a person’s on a machine that AWS does not confirm, and says so first', () => {
    const machine = { status: 'unconfirmed', because: 'two nodes claim it' } as const;
    const mind = 'mind: the runbook touches confirmed machines only: two nodes claim it';
    expect(stepsOf('al2', slug, port('al2'), { node: { machine } })).toEqual([portStep('person', mind)]);
  });

  it.each<[string, KubeletFacts['clientCa']]>([
    ['gone', { state: 'gone', path: '/etc/kubernetes/pki/ca.crt' }],
    ['empty', { state: 'read', path: '/etc/kubernetes/pki/ca.crt', certificates: [] }],
  ])('is a person’s where the client CA is %s, by whatever reading', (_, clientCa) => {
    const first =
      'mind: its client CA file is missing or empty: put it back first (client-ca-file-present), since the kubelet does not start without it';
    const facts: KubeletFacts = { ...port('al2'), ...(clientCa && { clientCa }) };

    expect(stepsOf('al2', slug, facts)).toEqual([portStep('person', first)]);
    expect(stepsOf('al2', slug, running(facts), { others: [facts] })).toEqual([portStep('person', first)]);
  });

  it('that is the client CA needs to know whose it is, and names the file by which it is held to that', () => {
    const origin = { from: 'default', of: 'configuration file' } as const;
    const facts = wrong('al2', { 'authentication.x509.clientCAFile': { value: '', origin } });
    const step = (by: string, ...minds: readonly string[]) => [
      `kubelet-client-ca-file, config-file by ${by}: authentication.x509.clientCAFile: nobody sets it, and the default is not enough`,
      `@ ${mainFile.al2}`,
      '  "authentication": {',
      '    "x509": {',
      '+     "clientCAFile": "/etc/kubernetes/pki/ca.crt"',
      '    }',
      '  }',
      ...restart,
      'stays',
      ...minds,
      'mind: before it is named, /etc/kubernetes/pki/ca.crt must be there and hold the cluster’s CA (its SHA-256 is in this plan): the kubelet does not start otherwise',
    ];

    expect(stepsOf('al2', 'kubelet-client-ca-file', facts)).toEqual([step('runbook')]);
    const unknown =
      'mind: the certificates of the cluster’s CA are not known, so that nothing can be compared with them';
    const byPerson = stepsOf('al2', 'kubelet-client-ca-file', facts, { trust: [] });
    expect(byPerson).toEqual([step('person', unknown)]);
    // It is no matter of any other setting.
    expect(stepsOf('al2', slug, port('al2'), { trust: [] })).toEqual([portStep()]);
  });

  it('is a restart by a person where the files are right, since the files before are known to nothing', () => {
    const right = seen('al2023');
    const restarts = (...others: KubeletFacts[]) => stepsOf('al2023', slug, running(port('al2023')), { others });

    const what = `file ${mainFile.al2023} is right already, and the kubelet was not restarted since`;
    expect(restarts(right)).toEqual([[`${slug}, restart by person: ${what}`, ...restart, 'until reboot', closed]]);
    const [withoutCa] = restarts({ ...right, clientCa: { state: 'gone', path: '/a' } });
    expect(withoutCa?.[0]).toContain('by person');
    expect(withoutCa?.slice(-2)).toEqual([expect.stringMatching(/^mind: its client CA file is missing/), closed]);
  });

  it('of two that work together is not planned by halves: what is not known of the other is named', () => {
    const gate = 'featureGates.RotateKubeletServerCertificate';
    const certificate = 'kubelet-rotate-server-certificate';
    const facts = wrong('al2', { [gate]: { value: false, origin: { from: 'file', file: mainFile.al2 } } });
    const settings = { ...facts.settings, serverTLSBootstrap: { state: 'unknown', because: 'two spellings' } as const };

    expect(stepsOf('al2', certificate, { ...facts, settings }).map(([first]) => first)).toEqual([
      expect.stringContaining(`${certificate}, config-file by`),
      `${certificate} is not planned: two spellings`,
    ]);
    expect(stepsOf('al2', certificate, facts)).toHaveLength(1);
  });
});
