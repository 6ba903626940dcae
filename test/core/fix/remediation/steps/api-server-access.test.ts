import { describe, expect, it } from 'vitest';
import { type NodeStep, nodeStep } from '../../../../../lambda/core/fix/remediation/plan.ts';
import { keepingApiServerIn } from '../../../../../lambda/core/fix/remediation/steps/node-steps.ts';
import type { KubeletFacts, Origin } from '../../../../../lambda/core/model/model.ts';
import { judgedNode, nodeOfKind, running, seen } from '../failing-audit.ts';

const origin: Origin = { from: 'file', file: '/etc/kubernetes/kubelet/kubelet-config.json' };
const file = (values: { readonly ca?: string; readonly anonymous?: boolean; readonly mode?: string }): KubeletFacts =>
  seen('al2', {
    settings: {
      'authentication.x509.clientCAFile': { value: values.ca ?? '', origin },
      'authentication.anonymous.enabled': { value: values.anonymous ?? true, origin },
      'authorization.mode': { value: values.mode ?? 'AlwaysAllow', origin },
    },
  });

const survives = { reboot: true, replacement: false };
const step = (control: string): NodeStep =>
  nodeStep({ control, method: 'config-file', by: 'runbook', because: 'x', survives, cautions: ['its own'] });
const anonymous = step('kubelet-anonymous-auth');
const mode = step('kubelet-authorization-mode');
const clientCa = step('kubelet-client-ca-file');
const other = step('kubelet-read-only-port');
const open = judgedNode({ facts: file({}) }, nodeOfKind('al2'));
const skipped = { control: 'kubelet-anonymous-auth', notPlanned: 'why' };

type Steps = Parameters<typeof keepingApiServerIn>[0];
const makers = (steps: Steps, facts: readonly KubeletFacts[] = [file({})]): readonly string[] => {
  const [first, ...others] = facts;
  const audit = judgedNode({ ...(first && { facts: first }), otherFacts: others }, nodeOfKind('al2'));
  return keepingApiServerIn(steps, audit).map((each) => ('method' in each ? each.by : 'nobody'));
};

describe('where the API server comes in as anybody does', () => {
  it.each(Object.entries({ 'anonymous access': anonymous, AlwaysAllow: mode }))(
    '%s is closed by a person, who reads of the client CA first',
    (_, door) => {
      const cautions = [expect.stringMatching(/^no client CA is set on this node: /), 'its own'];
      const byPerson = { ...door, by: 'person', cautions };
      expect(keepingApiServerIn([door, other, skipped], open)).toEqual([byPerson, other, skipped]);
    },
  );

  it('is closed by the runbook where it sets the client CA in the same restart', () => {
    expect(makers([anonymous, mode, clientCa])).toEqual(['runbook', 'runbook', 'runbook']);
  });

  it('is not closed by the runbook where a person sets the client CA', () => {
    const byPerson = { ...clientCa, by: 'person' } as const;

    expect(makers([anonymous, byPerson])).toEqual(['person', 'person']);
    expect(makers([{ ...anonymous, by: 'person' }, byPerson])).toEqual(['person', 'person']);
  });

  it('a person who closes it and sets the client CA too is not warned', () => {
    const steps = [{ ...anonymous, by: 'person' } as const, { ...clientCa, by: 'person' } as const];
    expect(keepingApiServerIn(steps, open)).toEqual(steps);
  });

  it('AWS and the settings of Bottlerocket, which give the client CA too, go on', () => {
    const steps = [{ ...anonymous, by: 'aws' } as const, { ...mode, method: 'settings-api', by: 'person' } as const];
    expect(keepingApiServerIn(steps, open)).toEqual(steps);
  });

  it('is seen by any reading: the file is right already, and the process is still open', () => {
    expect(makers([anonymous], [file({ anonymous: false }), running(file({}))])).toEqual(['person']);
  });
});

describe('the runbook closes what is open to anybody', () => {
  it.each<[string, readonly KubeletFacts[]]>([
    ['where a client CA is set', [file({ ca: '/etc/kubernetes/pki/ca.crt' })]],
    ['where anonymous access is off already', [file({ anonymous: false })]],
    ['where the API server is asked already', [file({ mode: 'Webhook' })]],
    ['where no file of it was seen', [running(file({}))]],
  ])('%s', (_, facts) => {
    expect(makers([anonymous, mode], facts)).toEqual(['runbook', 'runbook']);
  });
});
