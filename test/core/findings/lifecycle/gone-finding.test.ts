import { describe, expect, it } from 'vitest';
import type { Scope } from '../../../../lambda/contract/settings.ts';
import { parseFindingId } from '../../../../lambda/core/findings/identity.ts';
import { type WhyGoneOptions, whyGone } from '../../../../lambda/core/findings/lifecycle/gone-finding.ts';
import { arn } from '../compliant-audit.ts';

const instance = 'i-0123456789abcdef0';
const parts: Readonly<Record<Scope, string>> = {
  'node-group': `node-group/managed/${instance}`,
  node: `node/${instance}`,
  cluster: 'cluster',
};
const nameOf = (scope: Scope, control = 'kubelet-client-ca-file') =>
  parseFindingId(`eks-kubelet-audit/${control}/${arn.arn}/${parts[scope]}`)!;

const whole: WhyGoneOptions = {
  scope: 'node-group',
  complete: true,
  terminated: new Set(),
  audited: new Set(['kubelet-client-ca-file']),
  catalogue: new Set(['kubelet-client-ca-file', 'kubelet-anonymous-auth', 'cluster-proxy-holders']),
  ofCluster: new Set(['cluster-proxy-holders']),
};

describe('why a finding is gone that no node speaks for', () => {
  it.each<[string, ReturnType<typeof nameOf>, Partial<WhyGoneOptions>, string]>([
    ['its node group has no node', nameOf('node-group'), {}, 'SUBJECT_GONE'],
    ['it is of another scope', nameOf('node'), {}, 'SCOPE_CHANGED'],
    ['it is of the cluster and findings are of node groups', nameOf('cluster'), {}, 'SCOPE_CHANGED'],
    ['its control is left out', nameOf('node-group', 'kubelet-anonymous-auth'), {}, 'CONTROL_NOT_AUDITED'],
    ['its control is no more', nameOf('node-group', 'kubelet-old'), {}, 'CONTROL_GONE'],
    [
      'it is about the cluster itself and its control is left out, whatever the scope and the list of nodes',
      nameOf('cluster', 'cluster-proxy-holders'),
      { complete: false },
      'CONTROL_NOT_AUDITED',
    ],
  ])('%s', (_, name, change, code) => {
    expect(whyGone(name, { ...whole, ...change })?.ReasonCode).toBe(code);
  });

  it('is known of an incomplete list only for the node of a terminated instance, and for what settings leave out', () => {
    const incomplete = { ...whole, scope: 'node', complete: false, terminated: new Set([instance]) } as const;
    const byGroup = { ...incomplete, scope: 'node-group' } as const;

    expect(whyGone(nameOf('node'), incomplete)?.ReasonCode).toBe('INSTANCE_TERMINATED');
    // A node group may bear the name of an instance.
    expect(whyGone(nameOf('node-group'), byGroup)).toBeUndefined();
    expect(whyGone(nameOf('node'), { ...incomplete, terminated: new Set() })).toBeUndefined();
    expect(whyGone(nameOf('cluster'), { ...incomplete, scope: 'cluster' })).toBeUndefined();
    expect(whyGone(nameOf('node'), byGroup)?.ReasonCode).toBe('SCOPE_CHANGED');
    expect(whyGone(nameOf('node', 'kubelet-anonymous-auth'), incomplete)?.ReasonCode).toBe('CONTROL_NOT_AUDITED');
  });
});
