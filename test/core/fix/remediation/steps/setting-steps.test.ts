import { describe, expect, it } from 'vitest';
import type { KubeletFacts } from '../../../../../lambda/core/model/model.ts';
import { mainFile, running, seen } from '../failing-audit.ts';
import { port, stays, stepsOf, untilReboot, wrong } from './steps-of.ts';

const restart = [
  'sudo systemctl daemon-reload',
  'sudo systemctl restart kubelet',
  'sudo systemctl status kubelet --no-pager --full',
];

describe('the step of a setting', () => {
  const portStep = {
    control: 'kubelet-read-only-port',
    method: 'config-file',
    by: 'runbook',
    because: `readOnlyPort: file ${mainFile.al2} sets it, and nothing overrides it`,
    changes: [
      { kind: 'setting', file: mainFile.al2, format: 'json', setting: 'readOnlyPort', before: 10255, after: 0 },
    ],
    commands: restart,
    survives: stays,
    cautions: ['whatever still reads port 10255 finds it closed'],
  };

  it('in its file is the runbook’s', () => {
    expect(stepsOf('al2', 'kubelet-read-only-port', port('al2'))).toEqual([portStep]);
  });

  it('is a person’s on a machine that AWS does not confirm, and says so first', () => {
    const machine = { status: 'unconfirmed', because: 'two nodes claim it' } as const;

    expect(stepsOf('al2', 'kubelet-read-only-port', port('al2'), { node: { machine } })).toEqual([
      {
        ...portStep,
        by: 'person',
        cautions: ['the runbook touches confirmed machines only: two nodes claim it', ...portStep.cautions],
      },
    ]);
  });

  it.each<[string, KubeletFacts['clientCa']]>([
    ['gone', { state: 'gone', path: '/etc/kubernetes/pki/ca.crt' }],
    ['empty', { state: 'read', path: '/etc/kubernetes/pki/ca.crt', certificates: [] }],
  ])('is a person’s where the client CA is %s, by whatever reading', (_, clientCa) => {
    const first =
      'its client CA file is missing or empty: put it back first (client-ca-file-present), since the kubelet does not start without it';
    const expected = [{ ...portStep, by: 'person', cautions: [first, ...portStep.cautions] }];
    const facts: KubeletFacts = { ...port('al2'), ...(clientCa && { clientCa }) };

    expect(stepsOf('al2', 'kubelet-read-only-port', facts)).toEqual(expected);
    expect(stepsOf('al2', 'kubelet-read-only-port', running(facts), { others: [facts] })).toEqual(expected);
  });

  it('that is the client CA needs to know whose it is, and names the file by which it is held to that', () => {
    const facts = wrong('al2', {
      'authentication.x509.clientCAFile': { value: '', origin: { from: 'default', of: 'configuration file' } },
    });
    const step = {
      control: 'kubelet-client-ca-file',
      method: 'config-file',
      by: 'runbook',
      because: 'authentication.x509.clientCAFile: nobody sets it, and the default is not enough',
      changes: [
        {
          kind: 'setting',
          file: mainFile.al2,
          format: 'json',
          setting: 'authentication.x509.clientCAFile',
          after: '/etc/kubernetes/pki/ca.crt',
        },
      ],
      commands: restart,
      survives: stays,
      cautions: [
        'before it is named, /etc/kubernetes/pki/ca.crt must be there and hold the cluster’s CA (its SHA-256 is in this plan): the kubelet does not start otherwise',
      ],
    };

    expect(stepsOf('al2', 'kubelet-client-ca-file', facts)).toEqual([step]);
    expect(stepsOf('al2', 'kubelet-client-ca-file', facts, { trust: [] })).toEqual([
      {
        ...step,
        by: 'person',
        cautions: [
          'the certificates of the cluster’s CA are not known, so that nothing can be compared with them',
          ...step.cautions,
        ],
      },
    ]);
    // It is no matter of any other setting.
    expect(stepsOf('al2', 'kubelet-read-only-port', port('al2'), { trust: [] })).toEqual([portStep]);
  });

  it('is a restart by a person where the files are right, since the files before are known to nothing', () => {
    const right = seen('al2023');
    const restartStep = {
      control: 'kubelet-read-only-port',
      method: 'restart',
      by: 'person',
      because: `file ${mainFile.al2023} is right already, and the kubelet was not restarted since`,
      changes: [],
      commands: restart,
      survives: untilReboot,
      cautions: ['whatever still reads port 10255 finds it closed'],
    };
    const restarts = (...others: readonly KubeletFacts[]) =>
      stepsOf('al2023', 'kubelet-read-only-port', running(port('al2023')), { others });

    expect(restarts(right)).toEqual([restartStep]);
    expect(restarts({ ...right, clientCa: { state: 'gone', path: '/a' } })).toMatchObject([
      { by: 'person', cautions: [expect.stringMatching(/^its client CA file is missing/), restartStep.cautions[0]] },
    ]);
  });

  it('of two that work together is not planned by halves: what is not known of the other is told', () => {
    const gate = 'featureGates.RotateKubeletServerCertificate';
    const facts = wrong('al2', { [gate]: { value: false, origin: { from: 'file', file: mainFile.al2 } } });
    const settings = { ...facts.settings, serverTLSBootstrap: { state: 'unknown', because: 'two spellings' } as const };

    expect(stepsOf('al2', 'kubelet-rotate-server-certificate', { ...facts, settings })).toMatchObject([
      { method: 'config-file', control: 'kubelet-rotate-server-certificate' },
      { control: 'kubelet-rotate-server-certificate', notPlanned: 'two spellings' },
    ]);
    expect(stepsOf('al2', 'kubelet-rotate-server-certificate', facts)).toHaveLength(1);
  });
});
